import { predictedLatent } from "../../tensor/guidance";
import { rowsBack, type Term } from "../../tensor/sum";
import { weightedSum, type Tensor } from "../../tensor/tensor";
import type { CoefficientName } from "../../wire/trace";
import type { Run } from "../../run/run";

/** The recorded tensor that a coefficient of step k multiplies; null where the run does not reach. */
export function termTensor(run: Run, k: number, name: CoefficientName): Tensor | null {
  const past = k - rowsBack(name);
  const [row, latent, noise] = [run.steps[past], run.latents[past], run.noise_guided[past]];
  if (name === "added_noise") return run.added_noise[k] ?? null;
  if (name === "latent" || name === "previous_latent") return latent ?? null;
  if (!row || !latent || !noise) return null;
  if (name.includes("predicted_latent")) return predictedLatent(latent, noise, row);
  if (!name.includes("prediction")) return noise;
  // v = (ε − √(1−ᾱ) · x) / √ᾱ, of the latent that the UNet sees
  return weightedSum([
    { factor: 1 / row.signal_level, tensor: noise },
    { factor: (-row.noise_level * row.latent_scale) / row.signal_level, tensor: latent },
  ]);
}

/** Σ factor · tensor over some terms of step k; null unless each is there. */
export function termSum(run: Run, k: number, terms: Term[]): Tensor | null {
  const summands = terms.flatMap(({ name, factor }) => {
    const tensor = termTensor(run, k, name);
    return tensor ? [{ factor, tensor }] : [];
  });
  return summands.length > 0 && summands.length === terms.length ? weightedSum(summands) : null;
}
