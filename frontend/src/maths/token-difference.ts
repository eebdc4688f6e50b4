/** A piece of one of two prompts: the same in both, or only here. */
export interface Stretch {
  text: string;
  differs: boolean;
}

/** Both prompts cut into stretches, and the change in words: replaced, added, removed. */
export interface PromptDifference {
  a: Stretch[];
  b: Stretch[];
  changes: { removed: number; added: number }[];
}

/** Which words of two prompts differ: the longest common subsequence stays, the rest is marked. */
export function promptDifference(a: string, b: string): PromptDifference {
  const words_a = words(a);
  const words_b = words(b);
  const pairs = commonPairs(
    words_a.map((word) => word.text.toLowerCase()),
    words_b.map((word) => word.text.toLowerCase()),
  );
  return {
    a: stretches(a, words_a, new Set(pairs.map(([i]) => i))),
    b: stretches(b, words_b, new Set(pairs.map(([, j]) => j))),
    changes: changes(pairs, words_a.length, words_b.length),
  };
}

interface Word {
  begin: number;
  end: number;
  text: string;
}

function words(prompt: string): Word[] {
  return [...prompt.matchAll(/[\p{L}\p{N}'’]+|[^\p{L}\p{N}\s]/gu)].map((match) => ({
    begin: match.index,
    end: match.index + match[0].length,
    text: match[0],
  }));
}

/** Index pairs of a longest common subsequence (dynamic programming over both lists). */
export function commonPairs(a: string[], b: string[]): [number, number][] {
  const length = a.map(() => new Uint16Array(b.length + 1));
  length.push(new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      length[i]![j] =
        a[i] === b[j] ? length[i + 1]![j + 1]! + 1 : Math.max(length[i + 1]![j]!, length[i]![j + 1]!);
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (length[i + 1]![j]! >= length[i]![j + 1]!) i++;
    else j++;
  }
  return pairs;
}

/** The prompt as alternating stretches; differing words that follow each other join over the space between. */
function stretches(prompt: string, all: Word[], shared: Set<number>): Stretch[] {
  const result: Stretch[] = [];
  let end = 0;
  const push = (text: string, differs: boolean) => {
    if (!text) return;
    const last = result.at(-1);
    if (last && last.differs === differs) last.text += text;
    else result.push({ text, differs });
  };
  all.forEach((word, i) => {
    const differs = !shared.has(i);
    const joins = differs && i > 0 && !shared.has(i - 1);
    push(prompt.slice(end, word.begin), joins);
    push(word.text, differs);
    end = word.end;
  });
  push(prompt.slice(end), false);
  return result;
}

function changes(pairs: [number, number][], length_a: number, length_b: number) {
  const result: { removed: number; added: number }[] = [];
  let [i, j] = [0, 0];
  for (const [next_i, next_j] of [...pairs, [length_a, length_b] as [number, number]]) {
    if (next_i > i || next_j > j) result.push({ removed: next_i - i, added: next_j - j });
    [i, j] = [next_i + 1, next_j + 1];
  }
  return result;
}
