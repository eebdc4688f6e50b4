import { expect, test } from "vitest";
import { detailShare } from "./detail";

/** A grey picture of the given rows. */
function grey(rows: number[][]): number[] {
  return rows.flat().flatMap((value) => [value, value, value, 255]);
}

test("flat blocks hold no detail", () => {
  const mosaic = grey([
    [0, 0, 90, 90],
    [0, 0, 90, 90],
  ]);
  expect(detailShare(mosaic, 4, 2, 2, 2)).toBe(0);
});

test("where every block is alike, all contrast is detail", () => {
  const stripes = grey([
    [0, 90, 0, 90],
    [0, 90, 0, 90],
  ]);
  expect(detailShare(stripes, 4, 2, 2, 2)).toBe(1);
});

test("one colour has no contrast to share", () => {
  expect(detailShare(grey([[7, 7]]), 2, 1, 1, 1)).toBe(0);
});
