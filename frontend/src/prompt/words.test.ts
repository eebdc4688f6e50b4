import { expect, test } from "vitest";
import { wordsOf } from "./words";

test("each word is left out once, as the server does it", () => {
  expect(wordsOf("a cute rabbit, pixel art").map(({ text, without }) => [text, without])).toEqual([
    ["a", "cute rabbit, pixel art"],
    ["cute", "a rabbit, pixel art"],
    ["rabbit", "a cute, pixel art"],
    ["pixel", "a cute rabbit, art"],
    ["art", "a cute rabbit, pixel"],
  ]);
  expect(wordsOf("a cute rabbit, pixel art")[2]).toMatchObject({ begin: 7, end: 13 });
});

test("a prompt of one word has none to leave out", () => {
  expect(wordsOf("rabbit")).toEqual([]);
});
