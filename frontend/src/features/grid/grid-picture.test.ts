import { expect, test } from "vitest";
import { wrapped } from "./grid-picture";

test("a label is broken between words where it gets too wide", () => {
  expect(wrapped("a cute rabbit in space", 8, (text) => text.length)).toEqual([
    "a cute",
    "rabbit",
    "in space",
  ]);
});
