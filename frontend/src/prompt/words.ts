/** A word of a prompt, [begin, end) in characters, and the prompt without it. */
export interface PromptWord {
  text: string;
  begin: number;
  end: number;
  without: string;
}

/** The words of a prompt as the server leaves them out one by one; none where there are fewer than two. */
export function wordsOf(prompt: string): PromptWord[] {
  const found = [...prompt.matchAll(/[\p{L}\p{N}][\p{L}\p{N}_'’-]*/gu)];
  if (found.length < 2) return [];
  return found.map((match) => {
    const [begin, end] = [match.index, match.index + match[0].length];
    return { text: match[0], begin, end, without: without(prompt, begin, end) };
  });
}

function without(prompt: string, begin: number, end: number): string {
  return (prompt.slice(0, begin) + prompt.slice(end))
    .replace(/\s+/g, " ")
    .replace(/\s+([,.;:!?])/g, "$1")
    .replace(/^[ ,;]+|[ ,;]+$/g, "");
}
