import type { Token } from "../wire/trace";
import { spanOf } from "./token-spans";

/** A piece of one of two prompts: the same in both, in place of something else, or without counterpart. */
export interface Stretch {
  text: string;
  kind: "same" | "replaced" | "only";
}

/** Both prompts cut into stretches, and the changes from A to B, counted in tokens. */
export interface PromptDifference {
  a: Stretch[];
  b: Stretch[];
  changes: { removed: number; added: number }[];
}

/** A prompt with the model's tokens, where a run has told them: then parts of words can differ too. */
export interface Reading {
  prompt: string;
  tokens?: Token[] | undefined;
}

/** Which tokens of two prompts differ: the longest common subsequence stays, the rest is marked. */
export function promptDifference(a: Reading, b: Reading): PromptDifference {
  const [pieces_a, pieces_b] = pieces(a, b);
  const pairs = commonPairs(
    pieces_a.map((piece) => piece.text.toLowerCase()),
    pieces_b.map((piece) => piece.text.toLowerCase()),
  );
  const changes = gaps(pairs, pieces_a.length, pieces_b.length);
  return {
    a: stretches(a.prompt, pieces_a, kinds(pieces_a.length, changes, "a")),
    b: stretches(b.prompt, pieces_b, kinds(pieces_b.length, changes, "b")),
    changes: changes.map((gap) => ({ removed: gap.a.length, added: gap.b.length })),
  };
}

/** What differs in one of the prompts, in words. */
export function differingText(stretches: Stretch[]): string {
  const differing = stretches.filter(({ kind }) => kind !== "same");
  return differing.map(({ text }) => text).join(" … ");
}

interface Piece {
  begin: number;
  end: number;
  text: string;
}

interface Gap {
  a: number[];
  b: number[];
}

/** The tokens of both prompts where both are known, else their words. */
function pieces(a: Reading, b: Reading): [Piece[], Piece[]] {
  const [tokens_a, tokens_b] = [placed(a), placed(b)];
  return tokens_a && tokens_b ? [tokens_a, tokens_b] : [words(a.prompt), words(b.prompt)];
}

/** Where each token stands in the prompt; null where they do not spell it: it was typed on, or cut. */
function placed({ prompt, tokens }: Reading): Piece[] | null {
  if (!tokens) return null;
  const found: Piece[] = [];
  let end = 0;
  for (const token of tokens.filter(({ kind }) => kind === "text")) {
    const span = spanOf(prompt, token);
    if (!span || prompt.slice(end, span[0]).trim()) return null;
    const last = found.at(-1);
    if (last && span[0] < end) {
      // Several tokens can share a character: the bytes of 猫, the letter and the dot of İ.
      last.text += token.text;
      last.end = end = Math.max(end, span[1]);
    } else {
      found.push({ begin: span[0], end: span[1], text: token.text });
      end = span[1];
    }
  }
  return prompt.slice(end).trim() ? null : found;
}

function words(prompt: string): Piece[] {
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

/** The pieces between the common ones, that stand in each other's place. */
function gaps(pairs: [number, number][], length_a: number, length_b: number): Gap[] {
  const result: Gap[] = [];
  let [i, j] = [0, 0];
  for (const [next_i, next_j] of [...pairs, [length_a, length_b] as [number, number]]) {
    if (next_i > i || next_j > j) result.push({ a: range(i, next_i), b: range(j, next_j) });
    [i, j] = [next_i + 1, next_j + 1];
  }
  return result;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, k) => from + k);
}

function kinds(length: number, changes: Gap[], side: "a" | "b"): Stretch["kind"][] {
  const result = new Array<Stretch["kind"]>(length).fill("same");
  for (const gap of changes) {
    const other = side === "a" ? gap.b : gap.a;
    for (const i of gap[side]) result[i] = other.length > 0 ? "replaced" : "only";
  }
  return result;
}

/** The prompt in stretches of one kind; differing pieces that follow each other join over the space between. */
function stretches(prompt: string, all: Piece[], kind: Stretch["kind"][]): Stretch[] {
  const result: Stretch[] = [];
  let end = 0;
  const push = (text: string, each: Stretch["kind"]) => {
    if (!text) return;
    const last = result.at(-1);
    if (last && last.kind === each) last.text += text;
    else result.push({ text, kind: each });
  };
  all.forEach((piece, i) => {
    push(prompt.slice(end, piece.begin), i > 0 && kind[i] === kind[i - 1] ? kind[i]! : "same");
    push(prompt.slice(piece.begin, piece.end), kind[i]!);
    end = piece.end;
  });
  push(prompt.slice(end), "same");
  return result;
}
