import type { ClipEmbeddings, ModelCard, TraceRequest } from "./trace";

/** `GET api/model`: what is loaded and what may be asked of it. */
export interface ServerCard {
  /** Null until the model is loaded, and where there is none. */
  model: ModelCard | null;
  /** "replay": stored traces only; nothing here can draw. */
  status?: "ready" | "loading" | "failed" | "replay";
  detail?: string | null;
  /** Of a site of plain files: the script that keeps it for when there is no network. */
  service_worker?: string;
  schedulers: { name: string; title: string }[];
  defaults: Partial<TraceRequest>;
  limits: Record<string, Limit>;
  /** Where the model runs. */
  device?: string | null;
  threads?: number | null;
  /** How trajectories can be laid out here. */
  projections?: ProjectionMethod[];
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
  /** Of the model that drew it. */
  fingerprint: string;
  url: string;
}

/** Runs that belong together, as the server calls them. */
export type GroupNoun = "comparisons" | "leave-one-outs" | "grids";

/** `POST api/comparisons`, `api/leave-one-outs`, `api/grids`: runs that are drawn together, and where each stands. */
export interface Group {
  id: string;
  status: Accepted["status"] | "failed" | "cancelled";
  share?: Share;
  members: GroupMember[];
}

export interface GroupMember {
  id: string;
  status: Group["status"];
  position?: number;
  request: TraceRequest;
  /** Of the run without one word, once all are done: how far it is from the original, and where. */
  distance?: number;
  difference_map?: number[][];
}

/** `GET api/trajectories/{ids}/{method}`: the latents of runs at all steps, in two dimensions. */
export interface Plane {
  method: ProjectionMethod;
  /** Shares of x and y in all variance; null for a method that has none. */
  explained_variance: [number, number] | null;
  traces: { id: string; points: [number, number][] }[];
  background: { id: string; title: string; points: [number, number][] }[];
}

export type ProjectionMethod = "pca" | "umap";

/** `GET api/pictures`: a dozen pictures of the gallery, embedded by CLIP. */
export interface EmbeddedPictures {
  pictures: EmbeddedPicture[];
}

export interface EmbeddedPicture {
  id: string;
  prompt: string;
  /** Of the model that drew it: only pictures of one model can be compared. */
  fingerprint: string;
  clip_embeddings: ClipEmbeddings;
  /** Small, as a data URL. */
  picture: string;
}

/** The name under which this page holds runs that it asked for; none of what is stored already. */
export type Share = string | null | undefined;

/** `POST api/traces`: accepted or already stored. */
export interface Accepted {
  id: string;
  status: "done" | "queued" | "running";
  position?: number;
  share?: Share;
}
