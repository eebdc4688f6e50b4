import type { CoefficientName, Coefficients } from "../wire/trace";

/** One tensor of the scheduler's sum and what it is multiplied by. */
export interface Term {
  name: CoefficientName;
  factor: number;
}

/** The scheduler's sum as the circuit draws it: the latent, this step's prediction, and the rest. */
export interface SchedulerSum {
  /** Share of the latent that stays; 0 where the scheduler starts from an earlier one. */
  latent: number;
  /** This step's prediction: as noise where the scheduler counts in noise, else as x̂0. */
  prediction: Term;
  /** Past predictions, an earlier latent, added noise: in the order of the names. */
  rest: Term[];
}

const order: CoefficientName[] = [
  "predicted_latent",
  "previous_latent",
  "previous_noise_1",
  "previous_noise_2",
  "previous_noise_3",
  "previous_predicted_latent_1",
  "previous_predicted_latent_2",
  "added_noise",
];

/** Splits a step's coefficients; terms whose factor is zero are left out. */
export function schedulerSum(coefficients: Coefficients): SchedulerSum {
  const in_noise = coefficients.noise_guided !== undefined || coefficients.predicted_latent === undefined;
  const name: CoefficientName = in_noise ? "noise_guided" : "predicted_latent";
  const rest = order
    .filter((other) => other !== name)
    .map((other) => ({ name: other, factor: coefficients[other] ?? 0 }))
    .filter((term) => term.factor !== 0);
  return {
    latent: coefficients.latent ?? 0,
    prediction: { name, factor: coefficients[name] ?? 0 },
    rest,
  };
}

/** How many rows back a term's tensor was made: previous_noise_2 → 2, noise_guided → 0. */
export function rowsBack(name: CoefficientName): number {
  const digit = /_(\d)$/.exec(name)?.[1];
  if (digit) return Number(digit);
  return name === "previous_latent" ? 1 : 0;
}
