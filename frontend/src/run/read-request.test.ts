import { expect, test } from "vitest";
import { readOrigins, readRequest } from "./read-request";

const origin = { step: 3, prompt: "a fox", negative_prompt: "", guidance_scale: 7 };

test("a request keeps what is its own and nothing else", () => {
  const request = { prompt: "a hare", seed: 3, branched_from: [origin] };
  expect(readRequest({ ...request, __proto__: null, other: 1 })).toEqual(request);
});

test("a request with a field of another kind is none", () => {
  const wrong = { prompt: 3, seed: "3", guidance_scale: null, scheduler: {}, branched_from: [null] };
  for (const [name, value] of Object.entries(wrong))
    expect(readRequest({ prompt: "a hare", [name]: value }), name).toBeNull();
  for (const value of [null, undefined, 3, "a hare", []]) expect(readRequest(value)).toBeNull();
});

test("origins are whole, or there are none", () => {
  expect(readOrigins([origin])).toEqual([origin]);
  for (const value of [null, {}, [null], [[]], [{ ...origin, step: "3" }], [{ step: 3 }]])
    expect(readOrigins(value)).toBeNull();
});
