import { expect, test } from "vitest";
import { cosine, cosines } from "./cosine";

test("direction alone counts", () => {
  expect(cosine([3, 0], [7, 0])).toBe(1);
  expect(cosine([3, 0], [0, 7])).toBe(0);
  expect(cosine([1, 1], [-2, -2])).toBeCloseTo(-1);
});

test("a vector without length is like nothing", () => {
  expect(cosine([0, 0], [1, 2])).toBe(0);
});

test("every row is like itself, and the matrix is symmetric", () => {
  const { shape, values } = cosines({ shape: [2, 2], values: new Float32Array([1, 0, 1, 1]) });
  expect(shape).toEqual([2, 2]);
  expect(values[0]).toBe(1);
  expect(values[1]).toBeCloseTo(Math.SQRT1_2);
  expect(values[2]).toBe(values[1]);
});
