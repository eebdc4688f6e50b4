import { expect, test } from "vitest";
import type { Tensor } from "../tensor/tensor";
import { compare } from "./comparison";
import type { Run } from "./run";

const cell = (value: number): Tensor => ({ shape: [1, 1, 1], values: Float32Array.of(value) });

/** One step of one cell, in a sampler that keeps x0 + σ · ε: the UNet sees a quarter of it. */
function run(latent: number, final: number): Run {
  const noise = [cell(0.5)];
  return {
    rows: 1,
    steps: [{ latent_scale: 0.25 }],
    latents: [cell(latent), cell(final)],
    noise_unconditional: noise,
    noise_conditional: noise,
    noise_guided: noise,
    final_latent_scale: 1,
    text_embedding: null,
  } as unknown as Run;
}

test("latents differ as much as the UNet sees them differ", () => {
  const { maps } = compare(run(4, 1), run(12, 3));
  expect(maps.latent).toEqual({ sizes: [Float32Array.of(2)], limit: 2 });
  expect(maps.noise_guided.limit).toBe(0);
});

test("the half of the final distance is looked for once both runs are whole", () => {
  expect(compare(run(4, 1), run(4, 3)).halfway).toBe(1);
  expect(compare({ ...run(4, 1), rows: 2 }, run(4, 3)).halfway).toBeNull();
});
