/** One character of a normalized text, and the characters of the original that it stands for: from `start` to `end`. */
export interface Character {
  text: string;
  start: number;
  end: number;
}

/** A character with all that may melt into it: marks, and the later letters of a Hangul syllable. */
const clusters = /[^](?:\p{M}|[\u1161-\u1175\u11a8-\u11c2])*/gu;
/** White space of Unicode, which JavaScript's `\s` is not. */
const space = /\p{White_Space}/u;

/**
 * A prompt as CLIP's tokenizer normalizes it: composed (NFC), one space for any white space, in lower case letter by
 * letter. Characters are counted as Python counts, by code points, from `first`.
 */
export function normalized(text: string, first = 0): Character[] {
  const found: Character[] = [];
  let place = first;
  for (const [cluster] of text.matchAll(clusters)) {
    found.push(...composed(cluster, place));
    place += [...cluster].length;
  }
  return found.flatMap(lowered);
}

/** What a composed character took up, it stands for only the first of, as in the tokenizer's Python. */
function composed(cluster: string, place: number): Character[] {
  const before = [...cluster].length;
  const after = [...cluster.normalize("NFC")];
  return after.map((text, k) => {
    const start = place + (k === 0 ? 0 : Math.max(0, k + before - after.length));
    return { text: space.test(text) ? " " : text, start, end: start + 1 };
  });
}

function lowered({ text, ...place }: Character): Character[] {
  return [...text.toLowerCase()].map((letter) => ({ text: letter, ...place }));
}
