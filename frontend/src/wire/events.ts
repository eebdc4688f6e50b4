import type { Problem } from "./problem";
import type { EarlierRun, ClipEmbeddings, ModelCard, StepRow, Token, TraceRequest } from "./trace";

/** A tensor inside an event: little-endian numbers in base64. */
export interface WireArray {
  dtype: "float16" | "float32";
  shape: number[];
  data: string;
}

/** What a job reports while it draws, one entry an event name. */
export interface JobEvents {
  queued: { position: number };
  tokens: {
    id: string;
    request: TraceRequest;
    model: ModelCard;
    tokens: Token[];
    cut_tokens: Token[];
    truncated: string;
    negative_tokens: Token[];
    origins: EarlierRun[];
    /** Rows that will come. */
    steps: number;
  };
  text: {
    text_embedding: WireArray;
    unconditional_text_embedding: WireArray;
    start: { latent: WireArray; picture: string; sigma: number; latent_scale: number };
    /** Null of a model without an image encoder. */
    clip_embeddings?: Pick<ClipEmbeddings, "prompt"> | null;
  };
  step: {
    row: StepRow;
    rows: number;
    arrays: Record<
      "latent" | "noise_unconditional" | "noise_conditional" | "noise_guided" | "next_latent",
      WireArray
    > & {
      /** Only of samplers that draw fresh noise. */
      added_noise?: WireArray;
    };
    pictures: { latent: string; predicted: string };
  };
  /** `withheld`: the model's safety checker made the picture black. */
  decoded: { picture: string; withheld?: boolean };
  done: { id: string; seconds: number };
  failed: Problem;
  cancelled: { step: number };
}

export type JobEventName = keyof JobEvents;

export type JobEvent = { [Name in JobEventName]: { name: Name; body: JobEvents[Name] } }[JobEventName];

export const job_event_names: JobEventName[] = [
  "queued",
  "tokens",
  "text",
  "step",
  "decoded",
  "done",
  "failed",
  "cancelled",
];
