import { expect, test } from "vitest";
import { phrases, without } from "./phrases";

const prompt = "a cute rabbit in a forest, pixel art";

test("a prompt comes apart into phrases that join to it again", () => {
  const pieces = phrases(prompt);
  expect(pieces.map((piece) => piece.text).join("")).toBe(prompt);
  expect(pieces.filter((piece) => piece.word).map((piece) => piece.text)).toEqual([
    "cute",
    "rabbit",
    "in a forest",
    "pixel art",
  ]);
});

test("places and styles are keywords", () => {
  const keywords = phrases(prompt).filter((piece) => piece.keyword);
  expect(keywords.map((piece) => piece.text)).toEqual(["in a forest", "pixel art"]);
});

test("taking a phrase out tidies commas and spaces", () => {
  const all = phrases(prompt);
  const removed = (text: string) =>
    without(
      prompt,
      all.find((piece) => piece.text === text)!,
    );
  expect(removed("in a forest")).toBe("a cute rabbit, pixel art");
  expect(removed("pixel art")).toBe("a cute rabbit in a forest");
  expect(removed("cute")).toBe("a rabbit in a forest, pixel art");
});

test("words of other scripts are words", () => {
  expect(phrases("кролик, 水彩").filter((piece) => piece.word)).toHaveLength(2);
});
