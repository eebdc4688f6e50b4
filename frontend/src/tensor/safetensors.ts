import { readFloats } from "./half";
import type { Tensor } from "./tensor";

const dtypes: Record<string, "float16" | "float32" | "uint8"> = {
  F16: "float16",
  F32: "float32",
  U8: "uint8",
};

/**
 * Tensors of a safetensors file by name: 8 bytes little-endian header length, a JSON header
 * {name: {dtype, shape, data_offsets}}, then the numbers.
 */
export function readSafetensors(buffer: ArrayBuffer): Map<string, Tensor> {
  const header_length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, header_length)));
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries<Entry>(header)) {
    if (name === "__metadata__") continue;
    const dtype = dtypes[entry.dtype];
    if (!dtype) throw new Error(`${name} is ${entry.dtype}; the page reads F16, F32 and U8.`);
    const [begin, end] = entry.data_offsets;
    const bytes = new Uint8Array(buffer, 8 + header_length + begin, end - begin);
    tensors.set(name, { shape: entry.shape, values: readFloats(bytes, dtype) });
  }
  return tensors;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
