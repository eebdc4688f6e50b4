import type { AttentionIndex, ClipEmbeddings, ClipSimilarity, StepRow, TraceFile } from "./trace";

/** trace.json of version 1, which had other names for three fields, and one scale for the attention of all slots. */
export interface FirstTraceFile extends Omit<
  TraceFile,
  "version" | "steps" | "attention" | "clip_embeddings"
> {
  version: 1;
  steps: (Omit<StepRow, "clip_similarity"> & { match?: ClipSimilarity | null })[];
  attention?: (Omit<AttentionIndex, "layers" | "scale"> & { layers?: FirstLayer[]; scale: number }) | null;
  meeting?: ClipEmbeddings | null;
}

interface FirstLayer {
  cells: number;
  heads: number;
  width: number;
}

/** trace.json of any version: the gallery's bundles are of the first. */
export type StoredTraceFile = FirstTraceFile | TraceFile;

/** trace.json as the newest version has it. */
export function upgraded(trace: StoredTraceFile): TraceFile {
  if (!isFirst(trace)) return trace;
  const { meeting, steps, attention, ...same } = trace;
  return {
    ...same,
    version: 2,
    steps: steps.map(({ match, ...row }) => ({ ...row, clip_similarity: match ?? null })),
    attention: attention
      ? {
          ...attention,
          scale: Array.from({ length: attention.shape[1] }, () => attention.scale),
          layers: (attention.layers ?? []).map(({ width, ...layer }) => ({ ...layer, head_dim: width })),
        }
      : null,
    clip_embeddings: meeting ?? null,
  };
}

function isFirst(trace: StoredTraceFile): trace is FirstTraceFile {
  return trace.version === 1;
}
