import { expect, test } from "vitest";
import { latentColours, noiseColours } from "./latent-colours";

const rows = [
  [0.5, 0, 0],
  [0, 0.25, 0],
  [0.5, 0.5, 0.5],
];
const tensor = (...values: number[]) => ({
  shape: [2, 1, values.length / 2],
  values: new Float32Array(values),
});

test("a latent is its rows' sum plus the constant, clipped", () => {
  expect([...latentColours(tensor(1, 0), rows, 1)]).toEqual([255, 128, 128, 255]);
  expect([...latentColours(tensor(-9, 1), rows, 1)]).toEqual([0, 191, 128, 255]);
});

test("a latent of another scale is brought to the model's first", () => {
  expect(latentColours(tensor(10, 0), rows, 0.1)).toEqual(latentColours(tensor(1, 0), rows, 1));
});

test("no noise is mid grey and magnified noise is stronger", () => {
  expect([...noiseColours(tensor(0, 0), rows)]).toEqual([128, 128, 128, 255]);
  const [weak, strong] = [1, 2].map((magnification) => noiseColours(tensor(0.2, 0), rows, magnification)[0]!);
  expect(strong! - 127.5).toBeCloseTo(2 * (weak! - 127.5), -1);
});
