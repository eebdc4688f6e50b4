import type { Token } from "../wire/trace";
import { wordsOf, type PromptWord } from "./words";

/** The word of the prompt that a slot's token is a piece of; null for punctuation, start, end and padding. */
export function wordOfSlot(prompt: string, tokens: Token[], slot: number): PromptWord | null {
  const said = prompt.toLowerCase();
  let [at, index] = [0, -1];
  for (const token of tokens) {
    if (token.kind !== "text" || token.word === null) continue;
    if (token.word_index !== index) {
      index = token.word_index ?? -1;
      const found = said.indexOf(token.word, at);
      if (found >= 0) at = found + token.word.length;
    }
    if (token.slot === slot) return wordsOf(prompt).find(({ begin, end }) => begin < at && at <= end) ?? null;
  }
  return null;
}
