import { commonPairs } from "../../prompt/token-difference";
import type { Token } from "../../wire/trace";
import { readables, type Readable } from "../../run/attention";

/** The words of each of two prompts that hold a token which the other does not have in their place. */
export function differingWords(a: Token[], b: Token[]): [Readable[], Readable[]] {
  const [text_a, text_b] = [textOf(a), textOf(b)];
  const pairs = commonPairs(ids(text_a), ids(text_b));
  const shared_a = new Set(pairs.map(([i]) => text_a[i]!.slot));
  const shared_b = new Set(pairs.map(([, j]) => text_b[j]!.slot));
  return [differing(a, shared_a), differing(b, shared_b)];
}

function differing(tokens: Token[], shared: Set<number | null>): Readable[] {
  return readables(tokens).filter(
    ({ kind, slots }) => kind === "word" && slots.some((slot) => !shared.has(slot)),
  );
}

function textOf(tokens: Token[]): Token[] {
  return tokens.filter(({ kind }) => kind === "text");
}

function ids(tokens: Token[]): string[] {
  return tokens.map(({ id }) => String(id));
}
