import { guidedNoise, predictedLatent, promptImpact } from "../tensor/guidance";
import { rowsBack } from "../tensor/sum";
import { weightedSum, type Tensor } from "../tensor/tensor";
import type { CoefficientName, StepRow } from "../wire/trace";

/** A sampler's plan for a number of steps: what it multiplies by what, row by row. */
export interface Schedule {
  /** The starting latent is the seed's noise times this. */
  start_scale: number;
  rows: ScheduledRow[];
  final: { sigma: number; latent_scale: number };
}

export type ScheduledRow = Pick<
  StepRow,
  "timestep" | "sigma" | "signal_level" | "noise_level" | "latent_scale" | "coefficients"
>;

/** What one row of the plan made of its latent and the two predictions. */
export interface Sampled {
  latent: Tensor;
  noise_unconditional: Tensor;
  noise_conditional: Tensor;
  noise_guided: Tensor;
  predicted_latent: Tensor;
  added_noise: Tensor | null;
  next_latent: Tensor;
}

/** Plays a plan: no sampler is written down here, all of them are sums. */
export class Sampler {
  readonly steps: Sampled[] = [];
  private latent: Tensor;

  /** `noise(k)`: the k-th noise that the seed gives; the 0-th is what the run starts from. */
  constructor(
    private readonly schedule: Schedule,
    private readonly noise: (k: number) => Tensor,
  ) {
    this.latent = scaled(noise(0), schedule.start_scale);
  }

  /** The row that comes next; undefined after the last. */
  get row(): ScheduledRow | undefined {
    return this.schedule.rows[this.steps.length];
  }

  /** What the UNet sees in that row. */
  get seen(): Tensor {
    return scaled(this.latent, this.row!.latent_scale);
  }

  /** Takes the row's step with the two predicted noises, guided by w. */
  step(noise_unconditional: Tensor, noise_conditional: Tensor, w: number): Sampled {
    const { latent, row, steps } = this;
    const impact = promptImpact(noise_conditional, noise_unconditional);
    const noise_guided = guidedNoise(noise_unconditional, impact, w);
    const predicted_latent = predictedLatent(latent, noise_guided, row!);
    const added_noise = row!.coefficients.added_noise ? this.noise(steps.length + 1) : null;
    const predictions = { noise_unconditional, noise_conditional, noise_guided, predicted_latent };
    const made = { latent, ...predictions, added_noise, next_latent: latent };
    steps.push(made);
    made.next_latent = this.latent = this.sum();
    return made;
  }

  /** Σ coefficient · tensor of the row that was just made. */
  private sum(): Tensor {
    const row = this.schedule.rows[this.steps.length - 1]!;
    const terms = Object.entries(row.coefficients) as [CoefficientName, number][];
    return weightedSum(terms.map(([name, factor]) => ({ factor, tensor: this.term(name) })));
  }

  private term(name: CoefficientName): Tensor {
    const { [this.steps.length - 1 - rowsBack(name)]: step } = this.steps;
    if (name === "added_noise") return step!.added_noise!;
    if (name.endsWith("latent") && !name.includes("predicted")) return step!.latent;
    return name.includes("predicted_latent") ? step!.predicted_latent : step!.noise_guided;
  }
}

function scaled(tensor: Tensor, factor: number): Tensor {
  return weightedSum([{ factor, tensor }]);
}
