import { expect, test } from "vitest";
import { similarityScale } from "./clip-similarity-scale";

test("higher is better, and the first and last step reach the sides", () => {
  const scale = similarityScale([{ latent: -0.3, predicted: 0.8 }], 5, 100, 60);
  expect([scale.x(0), scale.x(4)]).toEqual([6, 94]);
  expect(scale.y(0.8)).toBeLessThan(scale.y(-0.3));
});

test("nothing leaves the curve, and 0 and 1 are always on it", () => {
  for (const matches of [[], [{ latent: -1, predicted: 1 }], [{ latent: 0.6, predicted: 0.7 }]]) {
    const scale = similarityScale(matches, 1, 100, 60);
    for (const value of [0, 1, ...matches.flatMap(Object.values)]) {
      expect(scale.y(value)).toBeGreaterThanOrEqual(0);
      expect(scale.y(value)).toBeLessThanOrEqual(60);
    }
  }
});
