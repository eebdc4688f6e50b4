import { expect, test } from "vitest";
import type { Token } from "../wire/trace";
import { rowsReading, tokensAt, type Run } from "./run";

const [fox, cat] = [[{ text: "fox" } as Token], [{ text: "cat" } as Token]];
const origin = (step: number, prompt: string) => ({ step, prompt, negative_prompt: "", guidance_scale: 7 });

/** Of five rows: two read "a fox", the next two "a cat", all with other guidance; the last reads "a cat" again. */
const run = {
  rows: 5,
  tokens: cat,
  origins: [
    { step: 2, id: "1", tokens: fox },
    { step: 4, id: "2", tokens: cat },
  ],
  request: { prompt: "a cat", guidance_scale: 3, branched_from: [origin(2, "a fox"), origin(4, "a cat")] },
} as unknown as Run;

test("before a branch the words of the earlier prompt are read", () => {
  expect([0, 1, 2, 3, 4].map((row) => tokensAt(run, row))).toEqual([fox, fox, cat, cat, cat]);
});

test("rows that read the same words belong together, whatever their guidance", () => {
  expect([0, 1, 2, 4].map((row) => rowsReading(run, row))).toEqual([
    [0, 2],
    [0, 2],
    [2, 5],
    [2, 5],
  ]);
});
