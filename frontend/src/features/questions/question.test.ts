import { expect, test } from "vitest";
import type { TraceRequest } from "../../wire/trace";
import { lastPhrase, questions, storedAnswer } from "./question";

const rabbit: TraceRequest = {
  prompt: "a rabbit in space, pixel art",
  negative_prompt: "",
  seed: 3,
  guidance_scale: 7,
  steps: 25,
  scheduler: "ddim",
};
const fox = { ...rabbit, prompt: "a fox" };
const question = (name: string) => questions.find((one) => one.name === name)!;
const entry = (request: TraceRequest) => ({ request });

test("the last phrase is what a word question leaves out", () => {
  expect(lastPhrase(rabbit.prompt)).toEqual({ text: "pixel art", rest: "a rabbit in space" });
  expect(question("word").change({ ...rabbit, prompt: "fox" })).toBeNull();
});

test("a stored answer differs from a stored run in the asked setting only, and is the nearest", () => {
  const seeds = [rabbit, fox, { ...fox, seed: 9 }, { ...rabbit, seed: 5 }, { ...rabbit, seed: 6, steps: 9 }];
  const found = storedAnswer(question("seed"), rabbit, seeds.map(entry));
  expect(found?.run.request).toEqual(rabbit);
  expect(found?.changed.request).toEqual({ ...rabbit, seed: 5 });
});

test("where this run has no stored answer, another run's is offered, and none where there is none", () => {
  const stored = [rabbit, fox, { ...fox, guidance_scale: 0 }].map(entry);
  expect(storedAnswer(question("guidance_0"), rabbit, stored)?.run.request).toEqual(fox);
  expect(storedAnswer(question("steps"), rabbit, stored)).toBeNull();
});

test("a question that would change nothing is not asked", () => {
  expect(question("guidance_0").change({ ...rabbit, guidance_scale: 0 })).toBeNull();
  expect(question("steps").change({ ...rabbit, steps: 100 })).toBeNull();
});
