import { readFloats } from "./half";
import type { Tensor } from "./tensor";

const dtypes: Record<string, "float16" | "float32" | "uint8"> = {
  F16: "float16",
  F32: "float32",
  U8: "uint8",
};

/** A tensor as it stands in a file. */
export interface StoredTensor {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

/**
 * Where the tensors of a safetensors file are, by name: 8 bytes little-endian header length, a JSON header
 * {name: {dtype, shape, data_offsets}}, then the numbers.
 */
export function storedTensorsOf(file: Uint8Array<ArrayBuffer>): Map<string, StoredTensor> {
  const { buffer, byteOffset } = file;
  const header_length = Number(new DataView(buffer, byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + header_length)));
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries<Entry>(header)) {
    if (name === "__metadata__") continue;
    const [begin, end] = entry.data_offsets;
    const bytes = file.subarray(8 + header_length + begin, 8 + header_length + end);
    tensors.set(name, { dtype: entry.dtype, shape: entry.shape, bytes });
  }
  return tensors;
}

/** Tensors of a safetensors file by name. */
export function readSafetensors(buffer: ArrayBuffer): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of storedTensorsOf(new Uint8Array(buffer)))
    tensors.set(name, readTensor(name, tensor));
  return tensors;
}

/** The numbers of a stored tensor. */
export function readTensor(name: string, { dtype, shape, bytes }: StoredTensor): Tensor {
  const known = dtypes[dtype];
  if (!known) throw new Error(`${name} is ${dtype}; the page reads F16, F32 and U8.`);
  return { shape, values: readFloats(bytes, known) };
}

/** Tensors as a safetensors file. */
export function safetensorsFile(tensors: Record<string, StoredTensor>): Uint8Array<ArrayBuffer> {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const begin = end;
    end += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  const header = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const file = new Uint8Array(8 + header.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  let place = 8 + header.length;
  for (const { bytes } of Object.values(tensors)) {
    file.set(bytes, place);
    place += bytes.length;
  }
  return file;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
