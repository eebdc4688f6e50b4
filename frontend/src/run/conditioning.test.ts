import { expect, test } from "vitest";
import { guidanceAt, conditioningAt, withPromptAt } from "./conditioning";

const before = { prompt: "a fox", negative_prompt: "", guidance_scale: 7 };
const branch = {
  prompt: "a cat",
  negative_prompt: "",
  guidance_scale: 3,
  seed: 1,
  steps: 4,
  scheduler: "ddim",
  branched_from: [{ step: 2, ...before }],
};

test("a row before the branch is pulled by what was asked then", () => {
  expect(conditioningAt(branch, 1)).toMatchObject(before);
  expect([guidanceAt(branch, 1), guidanceAt(branch, 2)]).toEqual([7, 3]);
});

test("another prompt takes the place of the one that the row has, and of no other", () => {
  expect(withPromptAt(branch, 2, "a dog")).toEqual({ ...branch, prompt: "a dog" });
  expect(withPromptAt(branch, 0, "a dog").branched_from).toEqual([{ step: 2, ...before, prompt: "a dog" }]);
  expect(withPromptAt(branch, 0, "a dog").prompt).toBe("a cat");
});
