import { writeHalves } from "../tensor/half";
import { safetensorsFile, type StoredTensor } from "../tensor/safetensors";
import { stacked, type Tensor } from "../tensor/tensor";
import type { JobEvents } from "../wire/events";
import type { AttentionIndex, AttentionLayer, StepRow, TraceFile } from "../wire/trace";
import type { Recorded } from "./generate";
import type { PackedPictures } from "./painter";
import type { Sampled } from "./sampler";

export type BundleFiles = Record<string, Uint8Array<ArrayBuffer>>;

/** What a run reported, as far as its bundle holds it. */
export interface Reported {
  tokens: JobEvents["tokens"];
  rows: StepRow[];
  /** Whose mean the attention maps are. */
  attention_layers: AttentionLayer[];
}

const version = 2;
const names = { arrays: "arrays.safetensors", attention: "attention.safetensors" };
const pictures = { latent: "latent.webp", predicted: "predicted.webp", final: "picture.png" };

/** The files of a run's bundle, as the server writes them; the index last. */
export function bundleFiles(reported: Reported, recorded: Recorded, packed: PackedPictures): BundleFiles {
  const arrays = arraysOf(recorded);
  const attention = attentionOf(reported, recorded.attention);
  const files: BundleFiles = {
    [names.arrays]: safetensorsFile(mapped(arrays, half)),
    [names.attention]: safetensorsFile({ attention: attention.maps }),
    [pictures.latent]: packed.latent.bytes,
    [pictures.predicted]: packed.predicted.bytes,
    [pictures.final]: packed.final,
  };
  const trace: TraceFile = {
    version,
    ...described(reported, recorded),
    arrays: { file: names.arrays, dtype: "float16", names: mapped(arrays, ({ shape }) => shape) },
    pictures: picturesOf(packed),
    attention: attention.index,
    files: mapped(files, ({ length }) => length),
    created: new Date().toISOString().replace(/\.\d+Z$/, "+00:00"),
  };
  return { ...files, "trace.json": new TextEncoder().encode(JSON.stringify(trace)) };
}

function described({ tokens, rows }: Reported, recorded: Recorded) {
  const { steps: _, ...known } = tokens;
  const { clip_embeddings, final, seconds } = recorded;
  return { ...known, steps: rows, final, seconds, clip_embeddings, withheld: false };
}

function picturesOf({ latent, predicted }: PackedPictures): TraceFile["pictures"] {
  const sheet = ({ bytes: _, ...layout }: typeof latent, file: string) => ({ file, ...layout });
  const { width, height } = latent;
  return {
    latent: sheet(latent, pictures.latent),
    predicted: sheet(predicted, pictures.predicted),
    final: { file: pictures.final, width, height },
  };
}

function arraysOf({ steps, text_embedding, unconditional_text_embedding }: Recorded): Record<string, Tensor> {
  const stack = (name: keyof Sampled) => stacked(steps.map((step) => step[name] ?? blank(step.latent)));
  return {
    latents: stacked([...steps.map(({ latent }) => latent), steps.at(-1)!.next_latent]),
    noise_unconditional: stack("noise_unconditional"),
    noise_conditional: stack("noise_conditional"),
    noise_guided: stack("noise_guided"),
    ...(steps.some(({ added_noise }) => added_noise) ? { added_noise: stack("added_noise") } : {}),
    text_embedding,
    unconditional_text_embedding,
  };
}

/** The maps of the slots in use and of all padding together, in 255 levels of each one's largest share. */
function attentionOf({ tokens, attention_layers }: Reported, attention: Tensor[]) {
  const prompts = [tokens, ...tokens.origins].map((run) => run.tokens);
  const used = Math.max(...prompts.map((list) => list.filter(({ kind }) => kind !== "padding").length));
  const steps = attention.map((maps) => byToken(maps, used));
  const [, height, width] = attention[0]!.shape as [number, number, number];
  const area = height * width;
  const scale = Array.from({ length: used + 1 }, (_, token) => {
    const largest = Math.max(
      ...steps.flatMap((maps) => [...maps.subarray(token * area, (token + 1) * area)]),
    );
    return largest > 0 ? largest / 255 : 1;
  });
  const bytes = Uint8Array.from(
    steps.flatMap((maps) => Array.from(maps, (share, i) => Math.round(share / scale[Math.floor(i / area)]!))),
  );
  const shape: AttentionIndex["shape"] = [steps.length, used + 1, height, width];
  const index = { file: names.attention, scale, dtype: "uint8", shape, layers: attention_layers };
  return { index, maps: { dtype: "U8", shape, bytes } };
}

/** The first `used` slots of [L, h, w] as they are, and the sum of the rest. */
function byToken({ shape, values }: Tensor, used: number): Float32Array {
  const area = shape[1]! * shape[2]!;
  const maps = values.slice(0, (used + 1) * area).fill(0, used * area);
  for (let i = used * area; i < values.length; i++) maps[used * area + (i % area)]! += values[i]!;
  return maps;
}

function half({ shape, values }: Tensor): StoredTensor {
  return { dtype: "F16", shape, bytes: writeHalves(values) };
}

function blank({ shape, values }: Tensor): Tensor {
  return { shape, values: new Float32Array(values.length) };
}

function mapped<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
