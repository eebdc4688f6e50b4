import { expect, test } from "vitest";
import { guidanceAt, guidance_marks, guidancePosition, nextMark } from "./guidance-scale";

test("every mark has room on the square-root scale", () => {
  const positions = guidance_marks.map(guidancePosition);
  expect(positions[0]).toBe(0);
  expect(positions[1]).toBeCloseTo(0.224, 3);
  expect(positions.at(-1)).toBe(1);
});

test("a position becomes the nearest half and stays on the slider", () => {
  for (const mark of guidance_marks) expect(guidanceAt(guidancePosition(mark))).toBe(mark);
  expect(guidanceAt(2)).toBe(20);
  expect(guidanceAt(-1)).toBe(0);
});

test("page keys jump from mark to mark", () => {
  expect(nextMark(3, 1)).toBe(7);
  expect(nextMark(7, -1)).toBe(1);
  expect(nextMark(20, 1)).toBe(20);
});
