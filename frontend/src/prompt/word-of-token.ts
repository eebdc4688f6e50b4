import type { Token } from "../wire/trace";
import { spanOf } from "./token-spans";
import { wordsOf, type PromptWord } from "./words";

/** The word of the prompt that a slot's token is a piece of; null for punctuation, start, end and padding. */
export function wordOfSlot(prompt: string, tokens: Token[], slot: number): PromptWord | null {
  const token = tokens.find((one) => one.slot === slot);
  const span = token && spanOf(prompt, token);
  return (span && wordsOf(prompt).find(({ begin, end }) => begin <= span[0] && span[0] < end)) ?? null;
}
