import { predictedLatent, promptImpact } from "../tensor/guidance";
import { schedulerSum, type SchedulerSum } from "../tensor/sum";
import type { Tensor } from "../tensor/tensor";
import type { StepRow } from "../wire/trace";
import type { Picture } from "../drawing/picture";
import { latentScale, type Run } from "./run";

/** Everything one step shows; what is not drawn yet is null. */
export interface StepView {
  step: number;
  row: StepRow | null;
  latent: Tensor | null;
  latent_scale: number;
  noise_unconditional: Tensor | null;
  noise_conditional: Tensor | null;
  noise_guided: Tensor | null;
  prompt_impact: Tensor | null;
  predicted_latent: Tensor | null;
  next_latent: Tensor | null;
  next_latent_scale: number;
  sum: SchedulerSum | null;
  /** Decoded x_t before the step, and x̂0 of it. */
  pictures: { latent: Picture | null; predicted: Picture | null };
}

export function stepView(run: Run, step: number): StepView {
  const row = run.steps[step] ?? null;
  const latent = run.latents[step] ?? null;
  const noise_unconditional = run.noise_unconditional[step] ?? null;
  const noise_conditional = run.noise_conditional[step] ?? null;
  const noise_guided = run.noise_guided[step] ?? null;
  return {
    step,
    row,
    latent,
    latent_scale: latentScale(run, step),
    noise_unconditional,
    noise_conditional,
    noise_guided,
    prompt_impact:
      noise_conditional && noise_unconditional ? promptImpact(noise_conditional, noise_unconditional) : null,
    predicted_latent: latent && noise_guided && row ? predictedLatent(latent, noise_guided, row) : null,
    next_latent: row ? (run.latents[step + 1] ?? null) : null,
    next_latent_scale: latentScale(run, step + 1),
    sum: row ? schedulerSum(row.coefficients) : null,
    pictures: {
      latent: run.pictures.latent[step] ?? null,
      predicted: run.pictures.predicted[step] ?? null,
    },
  };
}
