import { guidedNoise, predictedLatent } from "../tensor/guidance";
import type { SchedulerSum } from "../tensor/sum";
import { weightedSum, type Tensor } from "../tensor/tensor";
import type { StepRow } from "../wire/trace";
import type { StepView } from "./step-view";

/** One step made again from its recorded noises with another guidance; the steps before stay as they were drawn. */
export interface Recombination {
  noise_guided: Tensor;
  predicted_latent: Tensor;
  next_latent: Tensor;
}

/** The step of a run drawn with guidance `drawn`, at guidance `w`; null until the step is there. */
export function recombine(view: StepView, drawn: number, w: number): Recombination | null {
  const { row, sum, latent, noise_unconditional, prompt_impact, noise_guided } = view;
  const { predicted_latent, next_latent } = view;
  if (!row || !sum || !latent || !noise_unconditional || !prompt_impact) return null;
  if (!noise_guided || !predicted_latent || !next_latent) return null;
  if (w === drawn) return { noise_guided, predicted_latent, next_latent };
  const guided = guidedNoise(noise_unconditional, prompt_impact, w);
  const factor = noiseFactor(sum, row);
  return {
    noise_guided: guided,
    predicted_latent: predictedLatent(latent, guided, row),
    next_latent: weightedSum([
      { factor: 1, tensor: next_latent },
      { factor, tensor: guided },
      { factor: -factor, tensor: noise_guided },
    ]),
  };
}

/** How much of this step's noise goes into the next latent, whatever the scheduler counts its prediction in. */
export function noiseFactor(sum: SchedulerSum, row: StepRow): number {
  const { name, factor } = sum.prediction;
  if (name === "predicted_latent") return (-factor * row.noise_level) / row.signal_level;
  if (name === "prediction_guided") return factor / row.signal_level;
  return factor;
}

/** This step's prediction as the scheduler counts it: noise, x̂0, or v = (ε − √(1−ᾱ) · x) / √ᾱ. */
export function predictionOf(
  { sum, row, latent }: StepView,
  noise: Tensor | null,
  predicted_latent: Tensor | null,
): Tensor | null {
  if (!sum || !row || !latent || !noise) return null;
  switch (sum.prediction.name) {
    case "predicted_latent":
      return predicted_latent;
    case "prediction_guided":
      return weightedSum([
        { factor: 1 / row.signal_level, tensor: noise },
        { factor: (-row.noise_level * row.latent_scale) / row.signal_level, tensor: latent },
      ]);
    default:
      return noise;
  }
}
