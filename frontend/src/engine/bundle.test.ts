import { expect, test } from "vitest";
import { sharesOf } from "../run/attention";
import { storedTensors } from "../run/stored";
import { readSafetensors } from "../tensor/safetensors";
import type { Tensor } from "../tensor/tensor";
import type { ModelCard, StepRow, Token, TraceFile } from "../wire/trace";
import { bundleFiles } from "./bundle";

const filled = (value: number, ...shape: number[]): Tensor => {
  return { shape, values: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value) };
};
const token = (kind: Token["kind"], slot: number): Token => {
  return { slot, id: 0, text: "a", word: null, word_index: null, kind, start: null, end: null };
};
const tokens = [token("start", 0), token("end", 1), token("padding", 2), token("padding", 3)];
const request = {
  prompt: "a",
  negative_prompt: "",
  seed: 0,
  guidance_scale: 1,
  steps: 2,
  scheduler: "euler_ancestral",
};
const reported = {
  tokens: {
    id: "0123456789abcdef",
    request,
    model: {} as ModelCard,
    tokens,
    cut_tokens: [],
    truncated: "",
    negative_tokens: tokens,
    origins: [],
    steps: 2,
  },
  rows: [{}, {}] as StepRow[],
  attention_layers: [],
};
const step = (value: number, added_noise: Tensor | null) => ({
  latent: filled(value, 1, 2, 2),
  noise_unconditional: filled(2, 1, 2, 2),
  noise_conditional: filled(3, 1, 2, 2),
  noise_guided: filled(3, 1, 2, 2),
  predicted_latent: filled(4, 1, 2, 2),
  added_noise,
  next_latent: filled(value + 1, 1, 2, 2),
});
const recorded = {
  steps: [step(0, filled(9, 1, 2, 2)), step(1, null)],
  attention: [filled(0.25, 4, 2, 2), filled(0.25, 4, 2, 2)],
  text_embedding: filled(5, 4, 3),
  unconditional_text_embedding: filled(6, 4, 3),
  clip_embeddings: { prompt: [1], picture: [1] },
  final: { sigma: 0, latent_scale: 1 },
  seconds: 1,
};
const sheet = { bytes: new Uint8Array(7), frames: 3, columns: 2, width: 16, height: 16 };
const files = bundleFiles(reported, recorded, { latent: sheet, predicted: sheet, final: new Uint8Array(5) });
const trace: TraceFile = JSON.parse(new TextDecoder().decode(files["trace.json"]));

test("the page reads from a bundle made here the tensors of the run", () => {
  const tensors = storedTensors(trace, files[trace.arrays.file]!.buffer);
  expect(tensors.latents.map(({ values }) => values[0])).toEqual([0, 1, 2]);
  expect(tensors.added_noise.map(({ values }) => values[0])).toEqual([9, 0]);
  expect(tensors.text_embedding).toEqual(recorded.text_embedding);
});

test("padding has one map, the sum of all its slots", () => {
  const attention = trace.attention!;
  expect(attention.shape).toEqual([2, 3, 2, 2]);
  const stored = readSafetensors(files[attention.file]!.buffer).get("attention")!;
  const shares = sharesOf(stored, attention.scale).values.slice(0, 12);
  [0.25, 0.25, 0.5].forEach((share, k) => expect(shares[4 * k]).toBeCloseTo(share, 6));
});

test("the index comes last and tells the size of every other file", () => {
  expect(Object.keys(files).at(-1)).toBe("trace.json");
  expect(trace.files).toMatchObject({ "latent.webp": 7, "predicted.webp": 7, "picture.png": 5 });
  expect(Object.keys(trace.files)).toHaveLength(5);
});
