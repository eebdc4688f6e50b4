import { expect, test } from "vitest";
import { barsPath } from "./bars";

test("a bar is as long as its number, and only those of the sign are drawn", () => {
  expect(barsPath([0.5, -1], 1, 1, 20)).toBe("M0 10h0.8v-5.00h-0.8z");
  expect(barsPath([0.5, -1], -1, 1, 20)).toBe("M1 10h0.8v10.00h-0.8z");
});

test("a giant is cut at the edge", () => {
  expect(barsPath([9], 1, 1, 20)).toContain("v-10.00");
});
