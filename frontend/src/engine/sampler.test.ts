import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { storedTensors } from "../run/stored";
import { seedNoise } from "../tensor/seed-noise";
import { norm, weightedSum, type Tensor } from "../tensor/tensor";
import type { TraceFile } from "../wire/trace";
import { Sampler } from "./sampler";

const gallery = join(import.meta.dirname, "../../../precomputed/gallery");

function distance(a: Tensor, b: Tensor): number {
  const difference = weightedSum([
    { factor: 1, tensor: a },
    { factor: -1, tensor: b },
  ]);
  return norm(difference) / norm(b);
}

function stored(scheduler: string) {
  const traces = readdirSync(gallery).filter((name) => /^[0-9a-f]{16}$/.test(name));
  for (const id of traces) {
    const trace: TraceFile = JSON.parse(readFileSync(join(gallery, id, "trace.json"), "utf8"));
    if (trace.request.scheduler !== scheduler) continue;
    const { buffer } = new Uint8Array(readFileSync(join(gallery, id, trace.arrays.file)));
    return { trace, tensors: storedTensors(trace, buffer) };
  }
  throw new Error(`No run of ${scheduler} is stored.`);
}

test.for(["ddim", "euler_ancestral"])(
  "played from the predictions of a stored run, %s gives its latents",
  (name) => {
    const { trace, tensors } = stored(name);
    const size = tensors.latents[0]!.values.length;
    const noises = seedNoise(trace.request.seed, size * (trace.steps.length + 1));
    const noise = (k: number): Tensor => {
      return { shape: tensors.latents[0]!.shape, values: noises.subarray(k * size, (k + 1) * size) };
    };
    const start_scale = name === "ddim" ? 1 : norm(tensors.latents[0]!) / norm(noise(0));
    const sampler = new Sampler({ start_scale, rows: trace.steps, final: trace.final }, noise);
    trace.steps.forEach((row, k) => {
      const [unconditional, conditional] = [tensors.noise_unconditional[k]!, tensors.noise_conditional[k]!];
      const made = sampler.step(unconditional, conditional, trace.request.guidance_scale);
      expect(distance(made.next_latent, tensors.latents[k + 1]!)).toBeLessThan(2e-3);
      if (row.coefficients.added_noise)
        expect(distance(made.added_noise!, tensors.added_noise[k]!)).toBeLessThan(1e-3);
    });
    expect(sampler.row).toBeUndefined();
  },
);
