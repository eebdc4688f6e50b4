import { expect, test } from "vitest";
import type { Token } from "../wire/trace";
import { wordOfSlot } from "./word-of-token";

/** CLIP parts "3d" into "3" and "d", and takes punctuation as words of its own. */
const prompt = "A fox, 3d a la";
const spans: [start: number, end: number][] = [
  [0, 1],
  [2, 5],
  [5, 6],
  [7, 8],
  [8, 9],
  [10, 11],
  [12, 14],
];

function tokensOf(text: string, places: [number, number][]): Token[] {
  return places.map(([start, end], k) => ({
    slot: k + 1,
    id: k,
    text: [...text].slice(start, end).join("").toLowerCase(),
    word: null,
    word_index: k,
    kind: "text",
    start,
    end,
  }));
}
const tokens = tokensOf(prompt, spans);

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

test("a letter that grows in lower case, or takes two units, moves no word", () => {
  const text = "İ 😀 red fox";
  const behind = tokensOf(text, [
    [0, 1],
    [0, 1],
    [2, 3],
    [4, 7],
    [8, 11],
  ]);
  expect([4, 5].map((slot) => wordOfSlot(text, behind, slot)?.text)).toEqual(["red", "fox"]);
});
