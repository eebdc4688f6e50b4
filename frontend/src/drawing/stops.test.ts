import { expect, test } from "vitest";
import { nearestStop, nextStop } from "./stops";

const stops = [0, 1, 7, 20];

test("a drag reaches the stop that looks nearest", () => {
  expect(nearestStop(stops, 3, (value) => value)).toBe(1);
  expect(nearestStop(stops, 13, (value) => value)).toBe(7);
  expect(nearestStop(stops, 9, (value) => Math.sqrt(value))).toBe(7);
});

test("a key reaches the next stop however far, and a long way all that lie on it", () => {
  expect(nextStop(stops, 1, 1.5)).toBe(7);
  expect(nextStop(stops, 7, 6.5)).toBe(1);
  expect(nextStop(stops, 1, 20)).toBe(20);
  expect(nextStop(stops, 20, 0)).toBe(0);
  expect(nextStop(stops, 20, 20.5)).toBe(20);
});
