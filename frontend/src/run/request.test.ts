import { expect, test } from "vitest";
import { guidanceAt } from "./conditioning";
import { changed, default_request, same } from "./request";

const rabbit = { ...default_request, prompt: "a rabbit" };

test("a branch says what pulled the picture before it", () => {
  const branch = changed(rabbit, { prompt: "a castle", guidance_scale: 3, step: 10 });
  expect(branch).toEqual({
    ...rabbit,
    prompt: "a castle",
    guidance_scale: 3,
    branched_from: [{ step: 10, prompt: "a rabbit", negative_prompt: "", guidance_scale: 7 }],
  });
  expect(same(branch, { ...branch, branched_from: [] })).toBe(false);
  expect([guidanceAt(branch, 9), guidanceAt(branch, 10)]).toEqual([7, 3]);
});

test("a branch at the start is a fresh run, and one that changes nothing the run itself", () => {
  expect(changed(rabbit, { prompt: "a castle", step: 0 })).toEqual({ ...rabbit, prompt: "a castle" });
  expect(same(changed(rabbit, { prompt: "a rabbit", step: 5 }), rabbit)).toBe(true);
});

test("a branch of a branch remembers both, and forgets a later one", () => {
  const once = changed(rabbit, { prompt: "a castle", step: 3 });
  const prompts = (step: number) =>
    changed(once, { prompt: "a fox", step }).branched_from!.map((origin) => [origin.step, origin.prompt]);
  expect(prompts(5)).toEqual([
    [3, "a rabbit"],
    [5, "a castle"],
  ]);
  expect(prompts(2)).toEqual([[2, "a rabbit"]]);
});

test("a request of the wire, without a list of origins, is the same as one with none", () => {
  const wire = { ...rabbit };
  delete wire.branched_from;
  expect(same(wire, rabbit)).toBe(true);
});
