import type { CoefficientName, Coefficients } from "../wire/trace";
import type { Schedule } from "./sampler";

/** The plans of one sampler for every number of steps. */
export interface ScheduleFile {
  /** Its latent is x0 + σ · ε. */
  variance_exploding: boolean;
  /** What a row's coefficients multiply, in their order. */
  terms: CoefficientName[];
  /** By number of steps; a row is [timestep, σ, ...coefficients], 0 where a term is not in the sum. */
  schedules: Record<string, { start_scale: number; final_sigma: number; rows: number[][] }>;
}

/** The plan for that many steps. */
export function scheduleOf({ variance_exploding, terms, schedules }: ScheduleFile, steps: number): Schedule {
  const { start_scale, final_sigma, rows } = schedules[steps]!;
  const scale = (sigma: number) => (variance_exploding ? 1 / Math.hypot(1, sigma) : 1);
  return {
    start_scale,
    rows: rows.map(([timestep, sigma, ...factors]) => ({
      timestep: timestep!,
      sigma: sigma!,
      signal_level: 1 / Math.hypot(1, sigma!),
      noise_level: sigma! / Math.hypot(1, sigma!),
      latent_scale: scale(sigma!),
      coefficients: coefficients(terms, factors),
    })),
    final: { sigma: final_sigma, latent_scale: scale(final_sigma) },
  };
}

function coefficients(terms: CoefficientName[], factors: number[]): Coefficients {
  return Object.fromEntries(terms.map((term, k) => [term, factors[k]!]).filter(([, factor]) => factor !== 0));
}
