/** What the server writes and the page reads: one traced generation, as in `trace.json`. */

export interface TraceRequest {
  prompt: string;
  negative_prompt: string;
  seed: number;
  guidance_scale: number;
  steps: number;
  scheduler: string;
  /** The guidance of its earlier rows, oldest first, where the run branched from others. */
  branched_from?: Origin[];
}

/** What pulled the picture before row `step`. */
export interface Origin {
  step: number;
  prompt: string;
  negative_prompt: string;
  guidance_scale: number;
}

/** A run that another branched from: the rows before `step` are as in the trace `id`, and read `tokens`. */
export interface EarlierRun {
  step: number;
  id: string;
  tokens: Token[];
}

export interface ModelCard {
  name: string;
  source: string;
  fingerprint: string;
  pipeline: string;
  prediction_type: string;
  /** Width and height in pixels. */
  image_size: [number, number];
  /** Channels, height, width. */
  latent_shape: [number, number, number];
  /** Slots and numbers a slot, e.g. [77, 192]. */
  text_shape: [number, number];
  train_timesteps: number;
  components: { role: string; class: string; parameters: number }[];
  /** One [r, g, b] row a channel, then the constant row: an approximate linear colour view of a latent. */
  latent_colours: number[][];
}

export type TokenKind = "start" | "text" | "end" | "padding" | "cut";

export interface Token {
  slot: number | null;
  id: number;
  text: string;
  word: string | null;
  word_index: number | null;
  kind: TokenKind;
  /** The characters of the prompt that it stands for, counted as Python counts; null of start, end and padding. */
  start: number | null;
  end: number | null;
}

/** next_latent = Σ coefficient · tensor; the names are those of the tensors. */
export type Coefficients = Partial<Record<CoefficientName, number>>;

export type CoefficientName =
  | "latent"
  | "noise_guided"
  | "predicted_latent"
  | "prediction_guided"
  | "previous_latent"
  | "added_noise"
  | `previous_noise_${Back}`
  | `previous_predicted_latent_${Back}`
  | `previous_prediction_${Back}`;

/** How many rows ago; no sampler looks further back. */
type Back = 1 | 2 | 3 | 4;

export interface StepRow {
  step: number;
  timestep: number;
  /** Noise-to-signal ratio √((1 − ᾱ)/ᾱ). */
  sigma: number;
  /** √ᾱ */
  signal_level: number;
  /** √(1 − ᾱ) */
  noise_level: number;
  /** Multiply a latent by this to get the variance-preserving latent that the UNet sees. */
  latent_scale: number;
  coefficients: Coefficients;
  residual: number;
  norms: Record<string, number>;
  seconds: number;
  /** How well the picture matches the prompt; none of models without an image encoder, nor in older bundles. */
  clip_similarity?: ClipSimilarity | null;
}

/** Cosine similarities in CLIP's shared space: of x_t, and of x̂0. */
export interface ClipSimilarity {
  latent: number;
  predicted: number;
}

/** Prompt and finished picture in CLIP's shared space: unit vectors. */
export interface ClipEmbeddings {
  prompt: number[];
  picture: number[];
}

/** One cross-attention layer: its `cells` ask, once in each of its `heads`, with queries of `head_dim` numbers. */
export interface AttentionLayer {
  cells: number;
  heads: number;
  head_dim: number;
}

/** The shape is [steps, slots in use and all padding together, height, width]; stored number · its slot's scale = share. */
export interface AttentionIndex {
  file: string;
  scale: number[];
  dtype: string;
  shape: [number, number, number, number];
  /** Whose mean the maps are; not in older bundles. */
  layers?: AttentionLayer[];
}

export interface Sheet {
  file: string;
  frames: number;
  columns: number;
  width: number;
  height: number;
}

export interface TraceFile {
  version: number;
  id: string;
  request: TraceRequest;
  model: ModelCard;
  tokens: Token[];
  cut_tokens: Token[];
  truncated: string;
  negative_tokens: Token[];
  /** Not in bundles from before runs could branch. */
  origins?: EarlierRun[];
  steps: StepRow[];
  final: { latent_scale: number; sigma: number };
  seconds: number;
  /** The model's safety checker made the finished picture black; not in older bundles. */
  withheld?: boolean;
  arrays: { file: string; dtype: string; names: Record<string, number[]> };
  pictures: {
    latent: Sheet;
    predicted: Sheet;
    final: { file: string; width: number; height: number };
  };
  attention?: AttentionIndex | null;
  clip_embeddings?: ClipEmbeddings | null;
  /** Bytes of every other file of the bundle. */
  files: Record<string, number>;
  created: string;
}
