import { expect, test } from "vitest";
import { differenceMap, halfwayStep, largest, relativeDistance, slotDistances } from "./comparison";

const a = { shape: [2, 1, 2], values: new Float32Array([0, 1, 0, 2]) };
const b = { shape: [2, 1, 2], values: new Float32Array([3, 1, 4, 2]) };

test("a difference map measures each cell over its channels", () => {
  expect([...differenceMap(a, b)]).toEqual([5, 0]);
  expect(largest([differenceMap(a, b)])).toBe(5);
});

test("a tensor is no distance from itself", () => {
  expect(relativeDistance(a, a)).toBe(0);
  expect(relativeDistance(a, b)).toBeCloseTo(5 / Math.sqrt(5));
});

test("slots before the first changed word are the same", () => {
  const rows = (...values: number[]) => ({ shape: [3, 2], values: new Float32Array(values) });
  expect([...slotDistances(rows(1, 1, 0, 0, 5, 5), rows(1, 1, 3, 4, 5, 5))]).toEqual([0, 5, 0]);
});

test("the halfway step is the first at half of the final distance", () => {
  expect(halfwayStep([0, 0.2, 0.5, 0.9, 1])).toBe(2);
  expect(halfwayStep([0, 0, 0])).toBeNull();
});
