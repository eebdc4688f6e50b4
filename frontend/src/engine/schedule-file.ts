import type { CoefficientName, Coefficients } from "../wire/trace";
import type { Schedule, ScheduledRow } from "./sampler";

/** What one sampler does in every number of steps, as Python wrote it down. */
export interface ScheduleFile {
  /** Its latent is x0 + σ · ε. */
  variance_exploding: boolean;
  /** What a row's coefficients multiply, in their order. */
  terms: CoefficientName[];
  /** A row is [timestep, σ, ...coefficients], 0 where a term is not in the sum. */
  rows: number[][];
  /** By number of steps; a run is the place of its first row, and how many follow one another. */
  schedules: Record<string, { start_scale: number; final_sigma: number; runs: [number, number][] }>;
}

/** The plan for that many steps. */
export function scheduleOf(file: ScheduleFile, steps: number): Schedule {
  const { start_scale, final_sigma, runs } = file.schedules[steps]!;
  const rows = runs.flatMap(([first, count]) => file.rows.slice(first, first + count));
  const final = { sigma: final_sigma, latent_scale: latentScale(file, final_sigma) };
  return { start_scale, rows: rows.map((row) => scheduledRow(file, row)), final };
}

function scheduledRow(file: ScheduleFile, [timestep, sigma, ...factors]: number[]): ScheduledRow {
  return {
    timestep: timestep!,
    sigma: sigma!,
    signal_level: 1 / Math.hypot(1, sigma!),
    noise_level: sigma! / Math.hypot(1, sigma!),
    latent_scale: latentScale(file, sigma!),
    coefficients: coefficients(file.terms, factors),
  };
}

function latentScale({ variance_exploding }: ScheduleFile, sigma: number): number {
  return variance_exploding ? 1 / Math.hypot(1, sigma) : 1;
}

function coefficients(terms: CoefficientName[], factors: number[]): Coefficients {
  return Object.fromEntries(terms.map((term, k) => [term, factors[k]!]).filter(([, factor]) => factor !== 0));
}
