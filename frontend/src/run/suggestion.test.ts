import { expect, test } from "vitest";
import type { GalleryEntry } from "../wire/server";
import { default_request } from "./request";
import { storedAxis, suggestedAxis } from "./suggestion";

const rabbit = { ...default_request, prompt: "a rabbit", seed: 3 };
const stored = [
  { seed: 10 },
  { seed: 2, guidance_scale: 1 },
  { seed: 4, prompt: "a fox" },
  { seed: 3, guidance_scale: 1 },
].map((change) => ({ request: { ...rabbit, ...change } }) as GalleryEntry);

test("what is stored suggests the values of a grid that can be filled without a server", () => {
  expect(storedAxis("seed", rabbit, stored, ["guidance_scale"]).values).toEqual([2, 3, 10]);
  expect(storedAxis("seed", rabbit, stored, []).values).toEqual([3, 10]);
  expect(storedAxis("guidance_scale", rabbit, stored, ["seed"]).values).toEqual([1, 7]);
});

test("suggestions begin with what is on the controls", () => {
  expect(suggestedAxis("seed", rabbit).values).toEqual([3, 4, 5]);
  expect(suggestedAxis("scheduler", rabbit).values[0]).toBe("ddim");
});
