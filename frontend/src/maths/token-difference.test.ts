import { expect, test } from "vitest";
import { promptDifference } from "./token-difference";

function marked(stretches: { text: string; differs: boolean }[]): string {
  return stretches.map(({ text, differs }) => (differs ? `[${text}]` : text)).join("");
}

test("a replaced keyword is marked in both prompts", () => {
  const difference = promptDifference("a rabbit in space, pixel art", "a rabbit in a forest, pixel art");
  expect(marked(difference.a)).toBe("a rabbit in [space], pixel art");
  expect(marked(difference.b)).toBe("a rabbit in [a forest], pixel art");
  expect(difference.changes).toEqual([{ removed: 1, added: 2 }]);
});

test("a removed word is marked only where it stands", () => {
  const difference = promptDifference("a cute rabbit", "a rabbit");
  expect(marked(difference.a)).toBe("a [cute] rabbit");
  expect(marked(difference.b)).toBe("a rabbit");
  expect(difference.changes).toEqual([{ removed: 1, added: 0 }]);
});

test("equal prompts differ nowhere", () => {
  expect(promptDifference("a fox", "a fox").changes).toEqual([]);
});

test("the stretches join to the prompts", () => {
  const [a, b] = ["the old  red fox!", "a red, quick fox"];
  const difference = promptDifference(a, b);
  expect(difference.a.map((stretch) => stretch.text).join("")).toBe(a);
  expect(difference.b.map((stretch) => stretch.text).join("")).toBe(b);
});
