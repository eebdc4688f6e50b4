import { expect, test } from "vitest";
import { halfToFloat, readFloats, writeHalves } from "./half";

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

test("every number of half precision is written as it was read", () => {
  const halves = Uint16Array.from({ length: 0x10000 }, (_, half) => half);
  const numbers = halves.filter((half) => !Number.isNaN(halfToFloat(half)));
  const written = writeHalves(Float32Array.from(numbers, halfToFloat));
  expect(new Uint16Array(written.buffer)).toEqual(numbers);
});

test("a number between two of half precision becomes the nearer, in the middle the even one", () => {
  const between = [1 + 1 / 2048, 1 + 3 / 2048, 1 + 1.1 / 2048, 65520, 65519, 2 ** -25, 2 ** -25 * 1.1, -NaN];
  const read = [...readFloats(writeHalves(Float32Array.from(between)), "float16")];
  expect(read).toEqual([1, 1 + 2 / 1024, 1 + 1 / 1024, Infinity, 65504, 0, 2 ** -24, NaN]);
});
