import type { ModelCard, TraceRequest } from "./trace";

/** `GET api/model`: what is loaded and what may be asked of it. */
export interface ServerCard {
  /** Null until the model is loaded, and where there is none. */
  model: ModelCard | null;
  /** "replay": stored traces only; nothing here can draw. */
  status?: "ready" | "loading" | "failed" | "replay";
  detail?: string | null;
  schedulers: { name: string; title: string }[];
  defaults: Partial<TraceRequest>;
  limits: Record<string, Limit>;
  /** Where the model runs. */
  device?: string | null;
  threads?: number | null;
}

export interface Limit {
  minimum?: number;
  maximum?: number;
  max_length?: number;
}

/** `GET api/gallery`: the stored traces, pairs of them that differ by a keyword, and prompts to try. */
export interface Gallery {
  traces: GalleryEntry[];
  pairs: { title: string; a: string; b: string }[];
  examples: string[];
}

export interface GalleryEntry {
  id: string;
  request: TraceRequest;
  title: string;
  model: string;
  url: string;
}

/** `POST api/traces`: accepted or already stored. */
export interface Accepted {
  id: string;
  status: "done" | "queued" | "running";
  position?: number;
}
