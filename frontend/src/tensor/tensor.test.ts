import { expect, test } from "vitest";
import { norm, slice, unstack, weightedSum } from "./tensor";

const stack = { shape: [2, 1, 2], values: new Float32Array([3, 4, 5, 12]) };

test("a stack comes apart into its tensors", () => {
  expect(unstack(stack)[0]).toEqual({ shape: [1, 2], values: new Float32Array([3, 4]) });
  expect(norm(slice(stack, 1))).toBe(13);
});

test("a weighted sum leaves its terms alone", () => {
  const terms = [
    { factor: 2, tensor: slice(stack, 0) },
    { factor: -1, tensor: slice(stack, 1) },
  ];
  expect([...weightedSum(terms).values]).toEqual([1, -4]);
  expect([...stack.values]).toEqual([3, 4, 5, 12]);
});
