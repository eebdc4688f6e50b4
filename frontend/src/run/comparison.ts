import { differenceMap, halfwayStep, largest, relativeDistance, slotDistances } from "../maths/comparison";
import { predictedLatent, promptImpact } from "../maths/guidance";
import { weightedSum, type Tensor } from "../maths/tensor";
import { isWhole, latentScale, type Run } from "./run";

export const compared_quantities = ["latent", "prompt_impact", "noise_guided", "predicted_latent"] as const;
export type ComparedQuantity = (typeof compared_quantities)[number];

/** Two runs side by side, over the steps that both have. */
export interface Comparison {
  steps: number;
  /** Sizes of the difference in each cell, [steps] of [height · width]; one limit for all steps. */
  maps: Record<ComparedQuantity, { sizes: Float32Array[]; limit: number }>;
  /** Relative distance of the latents before each step, and after the last. */
  latent_distance: number[];
  noise_distance: number[];
  /** The first place of `latent_distance` with half of the final distance; null before both runs are whole. */
  halfway: number | null;
  /** Distance of the text representations in every slot. */
  slots: Float32Array | null;
}

export function compare(a: Run, b: Run): Comparison {
  const steps = Math.min(a.steps.length, b.steps.length);
  const each = Array.from({ length: steps }, (_, k) => k);
  const latent_distance = latentDistance(a, b);
  return {
    steps,
    maps: Object.fromEntries(
      compared_quantities.map((name) => {
        const sizes = each.map((k) => differenceMap(quantity(a, name, k), quantity(b, name, k)));
        return [name, { sizes, limit: largest(sizes) }];
      }),
    ) as Comparison["maps"],
    latent_distance,
    noise_distance: each.map((k) =>
      relativeDistance(quantity(a, "noise_guided", k), quantity(b, "noise_guided", k)),
    ),
    halfway: isWhole(a) && isWhole(b) ? halfwayStep(latent_distance) : null,
    slots: a.text_embedding && b.text_embedding ? slotDistances(a.text_embedding, b.text_embedding) : null,
  };
}

/** Relative distance of the latents before each step that both have, and after the last of them. */
export function latentDistance(a: Run, b: Run): number[] {
  const rows = Math.min(a.steps.length, b.steps.length) + 1;
  return Array.from({ length: rows }, (_, k) => relativeDistance(a.latents[k]!, b.latents[k]!));
}

/** One quantity of a step; latents in the scale that the UNet sees, so that samplers compare. */
function quantity(run: Run, name: ComparedQuantity, k: number): Tensor {
  const row = run.steps[k]!;
  switch (name) {
    case "latent":
      return weightedSum([{ factor: latentScale(run, k), tensor: run.latents[k]! }]);
    case "prompt_impact":
      return promptImpact(run.noise_conditional[k]!, run.noise_unconditional[k]!);
    case "noise_guided":
      return run.noise_guided[k]!;
    case "predicted_latent":
      return predictedLatent(run.latents[k]!, run.noise_guided[k]!, row);
  }
}
