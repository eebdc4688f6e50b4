import type { Tensor } from "../tensor/tensor";
import type { EarlierRun, ModelCard, StepRow, Token, TraceRequest } from "../wire/trace";
import type { Picture } from "../drawing/picture";
import { conditioningAt } from "./conditioning";

/**
 * One trace in the page: read from a bundle, or growing while it is drawn. A value: growth makes a new one.
 * Arrays hold one entry a step; `latents` and `pictures.latent` one more, the final.
 */
export interface Run {
  id: string;
  request: TraceRequest;
  model: ModelCard;
  tokens: Token[];
  cut_tokens: Token[];
  truncated: string;
  negative_tokens: Token[];
  /** The runs that this one branched from, oldest first. */
  origins: EarlierRun[];
  /** Rows of the finished run; `steps` has fewer while it is drawn, or when it was stopped. */
  rows: number;
  steps: StepRow[];
  /** [channels, height, width] each. */
  latents: Tensor[];
  noise_unconditional: Tensor[];
  noise_conditional: Tensor[];
  noise_guided: Tensor[];
  /** Fresh noise, of samplers that draw some. */
  added_noise: Tensor[];
  /** [slots, d] */
  text_embedding: Tensor | null;
  unconditional_text_embedding: Tensor | null;
  /** The prompt and the finished picture in CLIP's shared space: unit vectors; null of models without an image encoder. */
  clip_embeddings: { prompt: number[]; picture: number[] | null } | null;
  final_latent_scale: number;
  pictures: { latent: Picture[]; predicted: Picture[]; final: Picture | null };
  seconds: number | null;
  /** The model's safety checker made the finished picture black. */
  withheld: boolean;
}

/** What to multiply latent k by to see it as the UNet does; the last known scale where row k is still to come. */
export function latentScale(run: Run, k: number): number {
  if (k >= run.rows) return run.final_latent_scale;
  return (run.steps[k] ?? run.steps.at(-1))?.latent_scale ?? 1;
}

/** The words that the UNet reads in that row, which may be before a branch. */
export function tokensAt(run: Run, row: number): Token[] {
  return (run.origins.find((origin) => row < origin.step) ?? run).tokens;
}

/** The rows, from one to before another, in which the same words are read as in that row. */
export function rowsReading(run: Run, row: number): [from: number, to: number] {
  const read = conditioningAt(run.request, row).prompt;
  const alike = (k: number) => k >= 0 && k < run.rows && conditioningAt(run.request, k).prompt === read;
  let [from, to] = [row, row + 1];
  while (alike(from - 1)) from -= 1;
  while (alike(to)) to += 1;
  return [from, to];
}

/** True when every row is there. */
export function isWhole(run: Run): boolean {
  return run.steps.length >= run.rows;
}
