import { expect, test } from "vitest";
import type { Token } from "../wire/trace";
import { during, layerShapes, mean, readables, shareMap, sharesOf, type Attention } from "./attention";

const token = (slot: number, text: string, kind: Token["kind"], word_index: number | null = null): Token => ({
  slot,
  id: slot,
  text,
  word: kind === "text" ? "outerspace" : null,
  word_index,
  kind,
  start: null,
  end: null,
});
const tokens = [
  token(0, "<s>", "start"),
  token(1, "outer", "text", 0),
  token(2, "space", "text", 0),
  token(3, "</s>", "end"),
  token(4, "</s>", "padding"),
  token(5, "</s>", "padding"),
];
test("stored numbers are shares on the scale of their slot, at every step", () => {
  const stored = { shape: [2, 2, 1, 2], values: new Float32Array([255, 51, 255, 0, 0, 255, 51, 102]) };
  const { shape, values } = sharesOf(stored, [0.5 / 255, 0.05 / 255]);
  expect(shape).toEqual(stored.shape);
  [0.5, 0.1, 0.05, 0, 0, 0.5, 0.01, 0.02].forEach((share, i) => expect(values[i]).toBeCloseTo(share, 6));
});

/** Two steps, five slots, two cells. */
const attention: Attention = {
  steps: 2,
  layers: [],
  maps: [
    [0.5, 0.4, 0.1, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1],
    [0.5, 0.4, 0.3, 0.4, 0.0, 0.0, 0.1, 0.1, 0.1, 0.1],
  ].map((values) => ({ shape: [5, 1, 2], values: new Float32Array(values) })),
};

test("a split word is read as one, and padding is read together", () => {
  expect(readables(tokens).map(({ kind, slots }) => [kind, slots])).toEqual([
    ["start", [0]],
    ["word", [1, 2]],
    ["end", [3]],
    ["padding", [4]],
  ]);
});

test("beside a longer prompt of the same run, all slots behind the end are padding", () => {
  expect(readables(tokens, 7).at(-1)!.slots).toEqual([4, 5, 6]);
});

test("a word's share is that of its pieces", () => {
  const [first, second] = shareMap(attention, [1, 2], 0);
  expect(first).toBeCloseTo(0.3);
  expect(second).toBeCloseTo(0.4);
});

test("over all steps it is the mean of the steps", () => {
  expect(mean(shareMap(attention, [1, 2], null))).toBeCloseTo(0.35);
});

test("over some steps it is the mean of those", () => {
  expect(mean(shareMap(during(attention, [1, 2]), [1, 2], null))).toBeCloseTo(0.35);
});

test("all that can be read adds up to the whole attention of a cell", () => {
  const all = readables(tokens).flatMap(({ slots }) => slots);
  for (const share of shareMap(attention, all, 1)) expect(share).toBeCloseTo(1);
});

test("layers of one shape count together, the finest first", () => {
  const [fine, coarse] = [
    { cells: 256, heads: 2, head_dim: 32 },
    { cells: 64, heads: 4, head_dim: 32 },
  ];
  expect(layerShapes([coarse, fine, { ...coarse }])).toEqual([
    { ...fine, count: 1 },
    { ...coarse, count: 2 },
  ]);
});
