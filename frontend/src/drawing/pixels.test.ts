import { expect, test } from "vitest";
import { colours } from "./pixels";

test("bytes become colours from 0 to 1, channel by channel", () => {
  const bytes = Uint8ClampedArray.of(255, 0, 51, 255, 0, 255, 102, 255);
  const { shape, values } = colours(bytes, 2, 1);
  expect(shape).toEqual([3, 1, 2]);
  expect([...values].map((value) => Number(value.toFixed(3)))).toEqual([1, 0, 0, 1, 0.2, 0.4]);
});
