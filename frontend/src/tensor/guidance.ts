import type { StepRow } from "../wire/trace";
import { weightedSum, type Tensor } from "./tensor";

type Levels = Pick<StepRow, "latent_scale" | "signal_level" | "noise_level">;

/** What the words change in the predicted noise: conditional − unconditional. */
export function promptImpact(noise_conditional: Tensor, noise_unconditional: Tensor): Tensor {
  return weightedSum([
    { factor: 1, tensor: noise_conditional },
    { factor: -1, tensor: noise_unconditional },
  ]);
}

/** Classifier-free guidance (arXiv 2207.12598): unconditional + w · impact. */
export function guidedNoise(noise_unconditional: Tensor, prompt_impact: Tensor, w: number): Tensor {
  return weightedSum([
    { factor: 1, tensor: noise_unconditional },
    { factor: w, tensor: prompt_impact },
  ]);
}

/** Guidance undone, for w > 0: unconditional + (guided − unconditional) / w. */
export function conditionalNoise(noise_unconditional: Tensor, noise_guided: Tensor, w: number): Tensor {
  return weightedSum([
    { factor: 1 - 1 / w, tensor: noise_unconditional },
    { factor: 1 / w, tensor: noise_guided },
  ]);
}

/** x̂0, all predicted noise taken away at once: (x · latent_scale − √(1−ᾱ) · ε) / √ᾱ. */
export function predictedLatent(latent: Tensor, noise_guided: Tensor, row: Levels): Tensor {
  return weightedSum([
    { factor: row.latent_scale / row.signal_level, tensor: latent },
    { factor: -row.noise_level / row.signal_level, tensor: noise_guided },
  ]);
}

/**
 * How much larger the impact of the prompt is drawn than the noises, a power of two,
 * one value for the whole run so that steps can be compared: its median share of the guided noise.
 */
export function impactMagnification(rows: StepRow[]): number {
  const shares = rows
    .map((row) => (row.norms.noise_conditional ?? 0) / (row.norms.prompt_impact ?? 0))
    .filter((share) => Number.isFinite(share) && share > 0)
    .sort((a, b) => a - b);
  const median = shares[Math.floor(shares.length / 2)] ?? 1;
  return Math.min(64, Math.max(1, 2 ** Math.round(Math.log2(median))));
}
