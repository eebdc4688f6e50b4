import { expect, test } from "vitest";
import type { Token } from "../../wire/trace";
import { differingWords } from "./differing-words";

/** Tokens of words that are given in pieces. */
function tokens(...words: string[][]): Token[] {
  const pieces = words.flatMap((word, word_index) =>
    word.map((text) => ({ text, word: word.join(""), word_index })),
  );
  return pieces.map((piece, i) => ({
    ...piece,
    slot: i + 1,
    id: [...piece.text].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 0),
    kind: "text" as const,
    start: null,
    end: null,
  }));
}

test("a word that was replaced is read in both runs, under its own slots", () => {
  const [a, b] = differingWords(
    tokens(["a"], ["rabbit"], ["in"], ["space"]),
    tokens(["a"], ["rabbit"], ["in"], ["a"], ["forest"]),
  );
  expect(a.map(({ text, slots }) => [text, slots])).toEqual([["space", [4]]]);
  expect(b.map(({ text, slots }) => [text, slots])).toEqual([
    ["a", [4]],
    ["forest", [5]],
  ]);
});

test("a word that differs in one of its tokens is read as a whole", () => {
  const [a] = differingWords(tokens(["outer", "space"]), tokens(["outer", "world"]));
  expect(a).toEqual([{ kind: "word", text: "outerspace", slots: [1, 2] }]);
});

test("equal prompts have no differing words", () => {
  expect(differingWords(tokens(["a"]), tokens(["a"]))).toEqual([[], []]);
});
