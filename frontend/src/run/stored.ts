import { readSafetensors } from "../tensor/safetensors";
import { unstack } from "../tensor/tensor";
import type { TraceFile } from "../wire/trace";
import { restoredConditional } from "./half-noise";
import type { Run } from "./run";

type Tensors = Pick<
  Run,
  | "latents"
  | "noise_unconditional"
  | "noise_conditional"
  | "noise_guided"
  | "added_noise"
  | "text_embedding"
  | "unconditional_text_embedding"
>;

/** The tensors of a stored run, from its arrays' file. */
export function storedTensors(trace: TraceFile, file: ArrayBuffer): Tensors {
  const tensors = readSafetensors(file);
  const stack = (name: string) => {
    const tensor = tensors.get(name);
    return tensor ? unstack(tensor) : [];
  };
  const [noise_unconditional, noise_conditional, noise_guided] = [
    stack("noise_unconditional"),
    stack("noise_conditional"),
    stack("noise_guided"),
  ];
  const restored = (stored: (typeof noise_conditional)[number], k: number) =>
    restoredConditional(trace.request, k, {
      noise_unconditional: noise_unconditional[k]!,
      noise_conditional: stored,
      noise_guided: noise_guided[k]!,
    });
  return {
    latents: stack("latents"),
    noise_unconditional,
    noise_conditional: trace.arrays.dtype === "float16" ? noise_conditional.map(restored) : noise_conditional,
    noise_guided,
    added_noise: stack("added_noise"),
    text_embedding: tensors.get("text_embedding") ?? null,
    unconditional_text_embedding: tensors.get("unconditional_text_embedding") ?? null,
  };
}
