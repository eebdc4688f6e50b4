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
  /** This step's prediction: as noise where the scheduler counts in noise, else as x̂0 or raw v. */
  prediction: Term;
  /** Past predictions, an earlier latent, added noise: in the order recorded. */
  rest: Term[];
}

/** What a sampler may count this step's prediction in. */
const predictions = ["noise_guided", "predicted_latent", "prediction_guided"] as const;

/** Splits a step's coefficients; terms whose factor is zero are left out. */
export function schedulerSum(coefficients: Coefficients): SchedulerSum {
  const name = predictions.find((one) => coefficients[one] !== undefined) ?? "noise_guided";
  const terms = Object.entries(coefficients) as [CoefficientName, number][];
  return {
    latent: coefficients.latent ?? 0,
    prediction: { name, factor: coefficients[name] ?? 0 },
    rest: terms
      .filter(([other, factor]) => other !== "latent" && other !== name && factor !== 0)
      .map(([other, factor]) => ({ name: other, factor })),
  };
}

/** How many rows back a term's tensor was made: previous_noise_2 → 2, noise_guided → 0. */
export function rowsBack(name: CoefficientName): number {
  const digit = /_(\d)$/.exec(name)?.[1];
  if (digit) return Number(digit);
  return name === "previous_latent" ? 1 : 0;
}
