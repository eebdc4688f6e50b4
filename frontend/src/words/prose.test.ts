import { expect, test } from "vitest";
import { prose } from "./prose";

test("plain text is one piece", () => {
  expect(prose("a rabbit")).toEqual([{ kind: "plain", text: "a rabbit" }]);
});

test("marks become pieces and leave the text around them", () => {
  expect(prose("**All** of *it* at {timestep}: [open](open:text)!")).toEqual([
    { kind: "strong", text: "All" },
    { kind: "plain", text: " of " },
    { kind: "term", text: "it" },
    { kind: "plain", text: " at " },
    { kind: "quantity", text: "timestep" },
    { kind: "plain", text: ": " },
    { kind: "link", text: "open", address: "open:text" },
    { kind: "plain", text: "!" },
  ]);
});
