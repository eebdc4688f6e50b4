import {
  differenceMaps,
  halfwayStep,
  relativeDistance,
  slotDistances,
  type Maps,
} from "../tensor/comparison";
import { promptImpact } from "../tensor/guidance";
import { weightedSum, type Tensor } from "../tensor/tensor";
import { isWhole, latentScale, type Run } from "./run";

export const compared_quantities = ["latent", "prompt_impact", "noise_guided"] as const;
export type ComparedQuantity = (typeof compared_quantities)[number];

/** Two runs side by side, over the steps that both have. */
export interface Comparison {
  steps: number;
  maps: Record<ComparedQuantity, Maps>;
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
  const latent_distance = latentDistance(a, b);
  return {
    steps,
    maps: Object.fromEntries(
      compared_quantities.map((name) => [name, differenceMaps(all(a, name, steps), all(b, name, steps))]),
    ) as Comparison["maps"],
    latent_distance,
    noise_distance: Array.from({ length: steps }, (_, k) =>
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

function all(run: Run, name: ComparedQuantity, steps: number): Tensor[] {
  return Array.from({ length: steps }, (_, k) => quantity(run, name, k));
}

/** One quantity of a step; latents in the scale that the UNet sees, so that samplers compare. */
function quantity(run: Run, name: ComparedQuantity, k: number): Tensor {
  switch (name) {
    case "latent":
      return weightedSum([{ factor: latentScale(run, k), tensor: run.latents[k]! }]);
    case "prompt_impact":
      return promptImpact(run.noise_conditional[k]!, run.noise_unconditional[k]!);
    case "noise_guided":
      return run.noise_guided[k]!;
  }
}
