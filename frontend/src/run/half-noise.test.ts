import { expect, test } from "vitest";
import { guidedNoise, promptImpact } from "../tensor/guidance";
import type { TraceRequest } from "../wire/trace";
import { restoredConditional } from "./half-noise";

const tensor = (...values: number[]) => ({ shape: [values.length], values: new Float32Array(values) });
/** Guided with 20 from a conditional noise of 0.5004, which half precision rounds. */
const noises = {
  noise_unconditional: tensor(0.25),
  noise_conditional: tensor(0.5),
  noise_guided: tensor(0.25 + 20 * (0.5004 - 0.25)),
};
const branch = {
  guidance_scale: 20,
  branched_from: [{ step: 3, prompt: "", negative_prompt: "", guidance_scale: 1 }],
} as unknown as TraceRequest;

test("the conditional noise follows from the guided one, with the guidance that the row had", () => {
  const restored = restoredConditional(branch, 3, noises);
  expect(restored.values[0]).toBeCloseTo(0.5004, 6);
  const impact = promptImpact(restored, noises.noise_unconditional);
  expect(guidedNoise(noises.noise_unconditional, impact, 20).values[0]).toBeCloseTo(
    noises.noise_guided.values[0]!,
    5,
  );
  expect(restoredConditional(branch, 2, noises)).toBe(noises.noise_conditional);
});
