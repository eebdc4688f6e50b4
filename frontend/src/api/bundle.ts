import { readSafetensors } from "../tensor/safetensors";
import { unstack } from "../tensor/tensor";
import { type Attention, sharesOf } from "../run/attention";
import { picturesFrom } from "../drawing/picture";
import type { Run } from "../run/run";
import { storedTensors } from "../run/stored";
import type { TraceFile } from "../wire/trace";
import { ProblemError } from "./problem-error";

/** The newest bundle version this page reads. */
const readable_version = 2;

/** Reads a bundle from the folder at `base`, whatever serves it. */
export async function loadBundle(base: string, trace: TraceFile): Promise<Run> {
  if (trace.version > readable_version) throw newerVersion(trace.version);
  const tensors = storedTensors(trace, await (await get(base + trace.arrays.file)).arrayBuffer());
  const { steps, pictures, final, seconds } = trace;
  const latent = picturesFrom(base + pictures.latent.file, pictures.latent);
  return {
    id: trace.id,
    request: trace.request,
    model: trace.model,
    tokens: trace.tokens,
    cut_tokens: trace.cut_tokens,
    truncated: trace.truncated,
    negative_tokens: trace.negative_tokens,
    origins: trace.origins ?? [],
    seconds,
    withheld: trace.withheld ?? false,
    rows: steps.length,
    steps,
    ...tensors,
    clip_embeddings: trace.clip_embeddings ?? null,
    final_latent_scale: final.latent_scale,
    pictures: {
      latent,
      predicted: picturesFrom(base + pictures.predicted.file, pictures.predicted),
      final: latent.at(-1) ?? null,
    },
  };
}

/** Where the words of a stored run are read; null where that was not recorded. */
export async function loadAttention(base: string, trace: TraceFile): Promise<Attention | null> {
  const { attention, steps } = trace;
  if (!attention) return null;
  const stored = readSafetensors(await (await get(base + attention.file)).arrayBuffer()).get("attention")!;
  return {
    steps: steps.length,
    maps: unstack(sharesOf(stored, attention.scale)),
    layers: attention.layers ?? [],
  };
}

async function get(address: string): Promise<Response> {
  const response = await fetch(address);
  if (response.ok && response.status !== 202) return response;
  const problem = await response.json().catch(() => ({}));
  throw new ProblemError({
    title: "Not here",
    detail: `The server answered ${response.status} for ${address}.`,
    ...problem,
    status: response.status,
  });
}

function newerVersion(version: number): ProblemError {
  return new ProblemError({
    title: "A newer bundle",
    status: 0,
    detail: `This bundle is of version ${version}; the page reads up to ${readable_version}.`,
  });
}
