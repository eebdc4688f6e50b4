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

/** The slot to show first: that of the longest piece of a word, where reading is likeliest to be of use. */
export function defaultSlot(tokens: Token[]): number {
  const said = tokens.filter((token) => token.kind === "text");
  return (
    said.reduce((best, token) => (token.text.length > best.text.length ? token : best), said[0] ?? tokens[0]!)
      ?.slot ?? 0
  );
}

/** How many characters two texts have in common from their beginning. */
export function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++;
  return length;
}
