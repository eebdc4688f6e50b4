/** A stretch of a prompt, [begin, end) in characters. */
export interface Phrase {
  begin: number;
  end: number;
  text: string;
  /** Worth removing: a word or phrase that says something. Punctuation and little words are not. */
  word: boolean;
  /** A place or a style: what prompt writers change first. */
  keyword: boolean;
}

const prepositions = new Set(
  "in on at with without under over near by of from inside beside behind above below through".split(" "),
);
const little_words = new Set(["a", "an", "the", "and", "or", "is", "to", ...prepositions]);

/**
 * A prompt as phrases that can be taken out: words one by one in the first clause, a preposition with what
 * follows it as one phrase, and every later clause ("pixel art") as a whole. The pieces join to the prompt.
 */
export function phrases(prompt: string): Phrase[] {
  const pieces: Phrase[] = [];
  const pattern = /[\p{L}\p{N}'’-]+|\s+|[^\p{L}\p{N}\s]+/gu;
  let clause = 0;
  for (const match of prompt.matchAll(pattern)) {
    const piece = { begin: match.index, end: match.index + match[0].length, text: match[0] };
    const word = /[\p{L}\p{N}]/u.test(piece.text);
    if (/[,;.]/.test(piece.text)) clause += 1;
    pieces.push({ ...piece, word, keyword: word && clause > 0 });
  }
  return joined(pieces);
}

/** The prompt without one phrase, commas and spaces tidied. */
export function without(prompt: string, phrase: Phrase): string {
  return (prompt.slice(0, phrase.begin) + prompt.slice(phrase.end))
    .replace(/\s+([,;.])/g, "$1")
    .replace(/([,;])(\s*[,;])+/g, "$1")
    .replace(/\s{2,}/g, " ")
    .replace(/^[\s,;]+|[\s,;]+$/g, "");
}

/** Joins pieces that belong together: a preposition and its object, the words of a later clause. */
function joined(pieces: Phrase[]): Phrase[] {
  const result: Phrase[] = [];
  let open = false;
  for (const piece of pieces) {
    const last = result.at(-1);
    const continues = last && open && !/[,;.]/.test(piece.text);
    if (continues) {
      result[result.length - 1] = extended(last, piece);
      if (piece.word && !piece.keyword && !little_words.has(piece.text.toLowerCase())) open = false;
    } else {
      const opens_place = piece.word && prepositions.has(piece.text.toLowerCase());
      open = opens_place || piece.keyword;
      const little = little_words.has(piece.text.toLowerCase()) && !opens_place;
      result.push({ ...piece, word: piece.word && !little, keyword: piece.keyword || opens_place });
    }
  }
  return result.flatMap(trimmed);
}

function extended(phrase: Phrase, piece: Phrase): Phrase {
  return { ...phrase, end: piece.end, text: phrase.text + piece.text };
}

/** Gives the white space that a joined phrase ends with a piece of its own. */
function trimmed(phrase: Phrase): Phrase[] {
  const text = phrase.text.trimEnd();
  if (!phrase.word || text.length === phrase.text.length) return [phrase];
  const end = phrase.begin + text.length;
  const space = { begin: end, end: phrase.end, text: phrase.text.slice(text.length) };
  return [
    { ...phrase, end, text },
    { ...space, word: false, keyword: false },
  ];
}
