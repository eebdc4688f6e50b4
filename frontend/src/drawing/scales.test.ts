import { expect, test } from "vitest";
import { colourLimit, differenceColours, textColours } from "./heat-map";
import { difference_stops, interpolate, signed_stops } from "./scales";

test("stops come out as they went in", () => {
  expect(interpolate(signed_stops, 0.5)).toEqual(signed_stops[1]);
  expect(interpolate(difference_stops, 5)).toEqual(difference_stops.at(-1));
});

test("no difference is paper and the largest is the darkest", () => {
  const bytes = differenceColours(new Float32Array([0, 4]), 4);
  expect([...bytes.subarray(0, 3)]).toEqual(difference_stops[0]);
  expect([...bytes.subarray(4, 7)]).toEqual(difference_stops.at(-1));
});

test("the text map has a column a slot and a row a number", () => {
  const embedding = { shape: [2, 3], values: new Float32Array([0, 0, 0, 0, 0, 5]) };
  const bytes = textColours(embedding, 5);
  const last_row_second_slot = (2 * 2 + 1) * 4;
  expect([...bytes.subarray(last_row_second_slot, last_row_second_slot + 3)]).toEqual(signed_stops[2]);
});

test("a few giants do not set the limit", () => {
  const values = new Float32Array(100).fill(-1);
  values[0] = 1000;
  expect(colourLimit({ shape: [100], values })).toBe(1);
});
