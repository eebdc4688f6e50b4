import { expect, test } from "vitest";
import { bell, histogram, moments } from "./distribution";

test("mean and spread", () => {
  expect(moments([1, 3, 1, 3])).toEqual({ mean: 2, spread: 1 });
});

test("every value is counted once, giants in the outermost bin", () => {
  const shares = histogram([-9, -0.5, 0.5, 9], 2, 4);
  expect(shares).toEqual([0.25, 0.25, 0.25, 0.25]);
});

test("the bell curve encloses an area of 1", () => {
  const area = Array.from({ length: 801 }, (_, k) => bell(k / 100 - 4) / 100).reduce((a, b) => a + b);
  expect(area).toBeCloseTo(1, 3);
});
