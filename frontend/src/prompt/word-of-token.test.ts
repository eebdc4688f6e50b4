import { expect, test } from "vitest";
import type { Token } from "../wire/trace";
import { wordOfSlot } from "./word-of-token";

/** CLIP parts "3d" into "3" and "d", and reads punctuation as words of its own. */
const pieces: [text: string, word: string, index: number][] = [
  ["a", "a", 0],
  ["fox", "fox", 1],
  [",", ",", 2],
  ["3", "3", 3],
  ["d", "d", 4],
  ["a", "a", 5],
  ["la", "la", 6],
];
const tokens = pieces.map(([text, word, word_index], k): Token => ({
  slot: k + 1,
  id: k,
  text,
  word,
  word_index,
  kind: "text",
}));
const prompt = "A fox, 3d a la";

test("a token is a piece of the word it stands in", () => {
  expect(wordOfSlot(prompt, tokens, 2)).toMatchObject({ text: "fox", without: "A, 3d a la" });
  expect(wordOfSlot(prompt, tokens, 4)?.text).toBe("3d");
  expect(wordOfSlot(prompt, tokens, 5)?.text).toBe("3d");
});

test("the second of two equal words is the second", () => {
  expect(wordOfSlot(prompt, tokens, 6)?.begin).toBe(10);
});

test("punctuation is no word, nor is what is not said", () => {
  expect(wordOfSlot(prompt, tokens, 3)).toBeNull();
  expect(wordOfSlot(prompt, tokens, 0)).toBeNull();
});
