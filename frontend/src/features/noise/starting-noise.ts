import { correlation, moments } from "../../tensor/distribution";
import { seedNoise } from "../../tensor/seed-noise";
import type { Run } from "../../run/run";

/** What a run starts from, told apart into its seed's noise and what the sampler multiplies that by. */
export interface StartingNoise {
  /** z, with spread 1. */
  noise: Float32Array;
  /** latent of step 1 = factor · z */
  factor: number;
  /** True where the page draws the same noise from the seed again: then it can draw that of other seeds too. */
  redrawn: boolean;
  /** The largest difference between the recorded noise and the one drawn again. */
  difference: number;
}

/** Half precision keeps a noise to a thousandth; what is further off is another generator's. */
const rounding = 0.01;

export function startingNoise(run: Run): StartingNoise {
  const { values } = run.latents[0]!;
  const drawn = seedNoise(run.request.seed, values.length);
  const factor = moments(values).spread / moments(drawn).spread;
  const difference = values.reduce(
    (most, value, i) => Math.max(most, Math.abs(value / factor - drawn[i]!)),
    0,
  );
  if (difference < rounding) return { noise: drawn, factor, redrawn: true, difference };
  const { spread } = moments(values);
  return { noise: values.map((value) => value / spread), factor: spread, redrawn: false, difference };
}

/** How like each other the noises of these seeds are: a correlation for every two, as rows. */
export function likeness(seeds: number[], count: number): number[][] {
  const noises = seeds.map((seed) => seedNoise(seed, count));
  return noises.map((one) => noises.map((other) => correlation(one, other)));
}
