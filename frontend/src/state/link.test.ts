import { expect, test } from "vitest";
import { linkHash, readLink } from "./link";

const link = {
  request: {
    prompt: "a fox & a hare, 水彩",
    negative_prompt: "blurry",
    seed: 3,
    guidance_scale: 7.5,
    steps: 25,
    scheduler: "ddim",
  },
  step: 9,
  picture: "latent" as const,
  compared_with: "a fox",
};

test("a link restores what it was made of", () => {
  expect(readLink(`#${linkHash(link)}`)).toEqual(link);
});

test("the step counts from one in the address", () => {
  expect(linkHash(link)).toContain("step=10");
});

test("nonsense in an address is left out", () => {
  expect(readLink("#seed=x&step=-2&picture=cat&prompt=fox")).toEqual({
    request: { prompt: "fox" },
    step: null,
    picture: null,
    compared_with: null,
  });
});
