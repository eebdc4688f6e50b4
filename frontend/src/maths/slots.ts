import type { Token } from "../wire/trace";

/** How the slots of the text encoder are used; start and end count as used. */
export function slotCounts(tokens: Token[]): { used: number; padding: number; all: number } {
  const padding = tokens.filter((token) => token.kind === "padding").length;
  return { used: tokens.length - padding, padding, all: tokens.length };
}

/** Neighbouring tokens of one word, so that a split word shows as one. Start and end stand alone. */
export function wordGroups(tokens: Token[]): Token[][] {
  const groups: Token[][] = [];
  for (const token of tokens) {
    if (token.kind === "padding") continue;
    const last = groups.at(-1)?.at(-1);
    const same_word = last && token.word_index !== null && token.word_index === last.word_index;
    if (same_word) groups.at(-1)!.push(token);
    else groups.push([token]);
  }
  return groups;
}
