import { moments } from "../../tensor/distribution";
import { mean, readables, shareMap, type Attention, type Readable } from "../../run/attention";
import type { Token } from "../../wire/trace";
import { shared } from "../../words/shared";

/** What can be read, with its map [height · width] and the mean of it. */
export interface Read extends Readable {
  name: string;
  map: Float32Array;
  share: number;
}

/** All that can be read, at a step or on average over all. */
export function readOf(attention: Attention, tokens: Token[], step: number | null): Read[] {
  return readables(tokens, attention.maps[0]!.shape[0]).map((readable) => {
    const map = shareMap(attention, readable.slots, step);
    return { ...readable, name: nameOf(readable), map, share: mean(map) };
  });
}

/** One scale for every word: the most that any of them is read anywhere. */
export function limitOf(read: Read[]): number {
  return Math.max(0, ...read.filter(({ kind }) => kind === "word").map(({ map }) => Math.max(...map)));
}

/**
 * The place of the word to show first: that whose reading differs most from cell to cell, little words aside; the first
 * of all where no word is said.
 */
export function mostPlaced(read: Read[]): number {
  const spoken = read.filter(({ kind }) => kind === "word");
  const said = spoken.filter(({ text }) => /[\p{L}\p{N}]{3}/u.test(text));
  const [first, ...others] = (said.length ? said : spoken).map((one) => ({ one, ...moments(one.map) }));
  if (!first) return 0;
  return read.indexOf(others.reduce((best, next) => (next.spread > best.spread ? next : best), first).one);
}

function nameOf({ kind, text }: Readable): string {
  return kind === "word" ? text : shared.text[kind];
}
