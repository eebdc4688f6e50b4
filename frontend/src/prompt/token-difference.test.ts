import { expect, test } from "vitest";
import type { Token } from "../wire/trace";
import { differingText, promptDifference, type Stretch } from "./token-difference";

function marked(stretches: Stretch[]): string {
  return stretches
    .map(({ text, kind }) => (kind === "same" ? text : kind === "replaced" ? `[${text}]` : `<${text}>`))
    .join("");
}

function difference(a: string, b: string) {
  return promptDifference({ prompt: a }, { prompt: b });
}

/** A prompt with tokens of these characters. */
function reading(prompt: string, ...spans: [start: number, end: number][]) {
  const token = ([start, end]: [number, number]) => ({
    text: [...prompt].slice(start, end).join(""),
    kind: "text",
    start,
    end,
  });
  return { prompt, tokens: spans.map((span) => token(span) as Token) };
}

test("a replaced keyword is marked in both prompts", () => {
  const { a, b, changes } = difference("a rabbit in space, pixel art", "a rabbit in a forest, pixel art");
  expect(marked(a)).toBe("a rabbit in [space], pixel art");
  expect(marked(b)).toBe("a rabbit in [a forest], pixel art");
  expect(changes).toEqual([{ removed: 1, added: 2 }]);
  expect(differingText(b)).toBe("a forest");
});

test("a removed word is marked only where it stands", () => {
  const { a, b, changes } = difference("a cute rabbit", "a rabbit");
  expect(marked(a)).toBe("a <cute> rabbit");
  expect(marked(b)).toBe("a rabbit");
  expect(changes).toEqual([{ removed: 1, added: 0 }]);
});

test("a change inside a word is marked there, where its tokens are known", () => {
  const [outside, outer] = [reading("Outerspace", [0, 5], [5, 10]), reading("outerworld", [0, 5], [5, 10])];
  const { a, b } = promptDifference(outside, outer);
  expect([marked(a), marked(b)]).toEqual(["Outer[space]", "outer[world]"]);
});

test("tokens that do not spell what is typed are not used", () => {
  const { b } = promptDifference(reading("a fox", [0, 1], [2, 5]), reading("a foxglove", [0, 1], [2, 5]));
  expect(marked(b)).toBe("a [foxglove]");
});

test("tokens that share a character are one piece, and move none behind them", () => {
  const a = reading("İ red fox", [0, 1], [0, 1], [2, 5], [6, 9]);
  const b = reading("İ red cat", [0, 1], [0, 1], [2, 5], [6, 9]);
  expect(promptDifference(a, b).b).toEqual([
    { text: "İ red ", kind: "same" },
    { text: "cat", kind: "replaced" },
  ]);
});

test("equal prompts differ nowhere", () => {
  expect(difference("a fox", "a fox").changes).toEqual([]);
});

test("the stretches join to the prompts", () => {
  const [a, b] = ["the old  red fox!", "a red, quick fox"];
  const both = difference(a, b);
  expect(both.a.map((stretch) => stretch.text).join("")).toBe(a);
  expect(both.b.map((stretch) => stretch.text).join("")).toBe(b);
});
