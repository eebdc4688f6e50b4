import type { Token } from "../wire/trace";

/** [begin, end) of a token in its prompt, in UTF-16 units as JavaScript counts; null of start, end and padding. */
export function spanOf(prompt: string, { start, end }: Token): [begin: number, end: number] | null {
  return start === null || end === null ? null : [units(prompt, start), units(prompt, end)];
}

/** The server counts characters: one outside the basic plane, an emoji say, is two units. */
function units(prompt: string, characters: number): number {
  return [...prompt].slice(0, characters).join("").length;
}
