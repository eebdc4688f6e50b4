import { expect, test } from "vitest";
import { wirePath } from "./wire-path";

test("a corner is rounded", () => {
  const path = wirePath([
    [0, 0],
    [100, 0],
    [100, 50],
  ]);
  expect(path).toBe("M0 0 L90 0 Q100 0 100 10 L100 50");
});

test("a short leg takes a smaller radius", () => {
  const path = wirePath([
    [0, 0],
    [8, 0],
    [8, 50],
  ]);
  expect(path).toBe("M0 0 L4 0 Q8 0 8 4 L8 50");
});
