import { expect, test } from "vitest";
import type { Token } from "../wire/trace";
import { slotCounts, wordGroups } from "./slots";

const token = (slot: number, text: string, kind: Token["kind"], word_index: number | null = null) =>
  ({ slot, id: slot, text, word: null, word_index, kind }) as Token;
const tokens = [
  token(0, "<|startoftext|>", "start"),
  token(1, "outer", "text", 0),
  token(2, "space", "text", 0),
  token(3, "fox", "text", 1),
  token(4, "<|endoftext|>", "end"),
  token(5, "<|endoftext|>", "padding"),
];

test("start and end count as used slots", () => {
  expect(slotCounts(tokens)).toEqual({ used: 5, padding: 1, all: 6 });
});

test("pieces of a split word stay together and padding stays out", () => {
  const groups = wordGroups(tokens).map((group) => group.map(({ text }) => text));
  expect(groups).toEqual([["<|startoftext|>"], ["outer", "space"], ["fox"], ["<|endoftext|>"]]);
});
