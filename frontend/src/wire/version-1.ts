import type { AttentionIndex, ClipEmbeddings, ClipSimilarity, StepRow, Token, TraceFile } from "./trace";

/**
 * trace.json of version 1, which had other names for three fields, one scale for the attention of all slots, and did
 * not say which characters a token stands for.
 */
export interface FirstTraceFile extends Omit<
  TraceFile,
  "version" | "steps" | "attention" | "clip_embeddings" | TokenLists
> {
  version: 1;
  tokens: FirstToken[];
  cut_tokens: FirstToken[];
  negative_tokens: FirstToken[];
  origins?: { step: number; id: string; tokens: FirstToken[] }[];
  steps: (Omit<StepRow, "clip_similarity"> & { match?: ClipSimilarity | null })[];
  attention?: (Omit<AttentionIndex, "layers" | "scale"> & { layers?: FirstLayer[]; scale: number }) | null;
  meeting?: ClipEmbeddings | null;
}

type TokenLists = "tokens" | "cut_tokens" | "negative_tokens" | "origins";

type FirstToken = Omit<Token, "start" | "end">;

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
  const { prompt, negative_prompt, branched_from } = trace.request;
  const prompts = located(prompt, [...trace.tokens, ...trace.cut_tokens]);
  return {
    ...same,
    version: 2,
    tokens: prompts.filter(({ kind }) => kind !== "cut"),
    cut_tokens: prompts.filter(({ kind }) => kind === "cut"),
    negative_tokens: located(negative_prompt, trace.negative_tokens),
    origins: (trace.origins ?? []).map((origin, i) => ({
      ...origin,
      tokens: located(branched_from?.[i]?.prompt ?? prompt, origin.tokens),
    })),
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

/** The tokens with the characters that spell them, searched one after another in the lower-cased prompt. */
function located(prompt: string, tokens: FirstToken[]): Token[] {
  const letters = [...prompt].map((character) => character.toLowerCase());
  const owners = letters.flatMap((letter, index) => Array.from({ length: letter.length }, () => index));
  let after = 0;
  return tokens.map((token) => {
    const spelled = token.kind === "text" || token.kind === "cut";
    const found = spelled ? letters.join("").indexOf(token.text.toLowerCase(), after) : -1;
    if (found < 0) return { ...token, start: null, end: null };
    after = found + token.text.length;
    return { ...token, start: owners[found]!, end: owners[after - 1]! + 1 };
  });
}

function isFirst(trace: StoredTraceFile): trace is FirstTraceFile {
  return trace.version === 1;
}
