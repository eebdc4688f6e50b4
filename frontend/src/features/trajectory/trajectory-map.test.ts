import { expect, test } from "vitest";
import type { Point } from "../../drawing/rect";
import { fitted, nearest, overview } from "./trajectory-map";

const lines: Point[][] = [
  [
    [0, 0],
    [4, 0],
  ],
  [
    [0, 0],
    [4, 1],
  ],
];

test("lines fill the box with one scale for both directions, and y points up", () => {
  const [flat, rising] = fitted(lines, 2, 120, 80, 20);
  expect(flat!.points).toEqual([
    [20, 50],
    [100, 50],
  ]);
  expect(rising!.points[1]).toEqual([100, 30]);
});

test("lines that start in one place do so on the map", () => {
  const [one, other] = fitted(lines, 2, 120, 80, 20);
  expect(one!.points[0]).toEqual(other!.points[0]);
});

test("points that are all one lie in the middle", () => {
  expect(fitted([[[3, 3]], [[3, 3]]], 2, 100, 60, 10)[0]!.points).toEqual([[50, 30]]);
});

test("the nearest point is found within reach", () => {
  const ways = fitted(lines, 2, 120, 80, 20);
  expect(nearest(ways, [98, 32], 10)).toMatchObject({ way: 1, index: 1 });
  expect(nearest(ways, [60, 5], 10)).toBeNull();
});

test("the box is that of the runs themselves, and an overview brings the others in", () => {
  const other: Point[] = [[8, 0]];
  const ways = fitted([...lines, other], 2, 120, 80, 20);
  expect(ways[2]!.points[0]).toEqual([180, 50]);
  const { factor, shift } = overview(ways, 120, 80, 20);
  expect(180 * factor + shift[0]).toBeCloseTo(100);
  expect(20 * factor + shift[0]).toBeCloseTo(20);
});
