import { expect, test } from "vitest";
import { halfToFloat, readFloats } from "./half";

test("reads the landmarks of half precision", () => {
  expect(halfToFloat(0x3c00)).toBe(1);
  expect(halfToFloat(0xc000)).toBe(-2);
  expect(halfToFloat(0x3555)).toBeCloseTo(1 / 3, 3);
  expect(halfToFloat(0x0001)).toBe(2 ** -24);
  expect(halfToFloat(0x7bff)).toBe(65504);
  expect(halfToFloat(0xfc00)).toBe(-Infinity);
  expect(halfToFloat(0x7e00)).toBeNaN();
});

test("reads little-endian numbers of both widths", () => {
  expect([...readFloats(new Uint8Array([0x00, 0x3c, 0x00, 0xc0]), "float16")]).toEqual([1, -2]);
  expect([...readFloats(new Uint8Array(new Float32Array([0.1, 7]).buffer), "float32")]).toEqual([
    Math.fround(0.1),
    7,
  ]);
});
