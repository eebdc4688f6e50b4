import { expect, test } from "vitest";
import { distanceText, factorText, plainText, shares } from "./numbers";

test("factors keep the digits that matter", () => {
  expect([1.1234, 1, -0.1351, 0.00421, 14.613, 0].map(factorText)).toEqual([
    "1.123",
    "1",
    "0.135",
    "0.0042",
    "14.61",
    "0",
  ]);
});

test("a small distance is not rounded to none", () => {
  expect([0, 0.0042, 0.1834].map(distanceText)).toEqual(["0", "0.0042", "0.18"]);
});

test("guidance shows no needless zeros", () => {
  expect([7, 7.5, 0].map(plainText)).toEqual(["7", "7.5", "0"]);
});

test("noise and signal add up to a hundred", () => {
  expect(shares({ noise_level: 0.6, signal_level: 0.8 })).toEqual([36, 64]);
});
