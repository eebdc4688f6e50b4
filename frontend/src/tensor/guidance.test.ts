import { expect, test } from "vitest";
import type { StepRow } from "../wire/trace";
import {
  conditionalNoise,
  guidedNoise,
  impactMagnification,
  predictedLatent,
  promptImpact,
} from "./guidance";

const unconditional = { shape: [2], values: new Float32Array([1, -1]) };
const conditional = { shape: [2], values: new Float32Array([1.5, -2]) };
const impact = promptImpact(conditional, unconditional);

test("guidance 0 ignores the prompt and 1 is the conditional prediction", () => {
  expect(guidedNoise(unconditional, impact, 0).values).toEqual(unconditional.values);
  expect(guidedNoise(unconditional, impact, 1).values).toEqual(conditional.values);
});

test("guidance 7 goes beyond both predictions", () => {
  expect([...guidedNoise(unconditional, impact, 7).values]).toEqual([4.5, -8]);
});

test("guidance undone gives the conditional prediction back", () => {
  expect(conditionalNoise(unconditional, guidedNoise(unconditional, impact, 7), 7).values).toEqual(
    conditional.values,
  );
});

test("the predicted latent undoes the mixing with noise", () => {
  const [signal_level, noise_level] = [0.6, 0.8];
  const clean = [2, -3];
  const mixed = clean.map((value, i) => signal_level * value + noise_level * conditional.values[i]!);
  const latent = { shape: [2], values: new Float32Array(mixed) };
  const row = { signal_level, noise_level, latent_scale: 1 } as StepRow;
  const predicted = predictedLatent(latent, conditional, row);
  predicted.values.forEach((value, i) => expect(value).toBeCloseTo(clean[i]!, 5));
});

test("the impact is magnified by a power of two that suits the whole run", () => {
  const rows = [10, 16, 900].map((share) => ({ norms: { noise_conditional: share, prompt_impact: 1 } }));
  expect(impactMagnification(rows as unknown as StepRow[])).toBe(16);
  expect(impactMagnification([])).toBe(1);
});
