import { mean, readables, shareMap, type Attention, type Readable } from "../../run/attention";
import type { Token } from "../../wire/trace";
import { words } from "../../words/en";

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

/** The place of the word that is read most; where no word is said, the first of all. */
export function mostRead(read: Read[]): number {
  const said = read.filter(({ kind, text }) => kind === "word" && /[\p{L}\p{N}]/u.test(text));
  const first = said[0];
  return first ? read.indexOf(said.reduce((best, one) => (one.share > best.share ? one : best), first)) : 0;
}

function nameOf({ kind, text }: Readable): string {
  return kind === "word" ? text : words.text[kind];
}
