import type { Tensor } from "../maths/tensor";
import { difference_stops, interpolate, signed_stops, similarity_stops } from "./scales";

/**
 * A text representation [slots, d] as a map with a column a slot and a row a number: RGBA bytes, width = slots.
 * Blue and orange reach full strength at `limit`.
 */
export function textColours(embedding: Tensor, limit: number): Uint8ClampedArray<ArrayBuffer> {
  const [slots = 0, width = 0] = embedding.shape;
  const bytes = new Uint8ClampedArray(slots * width * 4);
  for (let slot = 0; slot < slots; slot++) {
    for (let row = 0; row < width; row++) {
      const value = embedding.values[slot * width + row]!;
      bytes.set([...interpolate(signed_stops, 0.5 + value / (2 * limit)), 255], (row * slots + slot) * 4);
    }
  }
  return bytes;
}

/** The size below which 98 of 100 numbers lie: the few giants of CLIP would wash out all others. */
export function colourLimit(tensor: Tensor): number {
  const sizes = tensor.values.map(Math.abs).sort();
  return sizes[Math.floor((sizes.length - 1) * 0.98)] || 1;
}

/** Sizes of a difference as RGBA bytes; power 0.6 so that small ones show. */
export function differenceColours(sizes: Float32Array, limit: number): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray(sizes.length * 4);
  sizes.forEach((size, i) => {
    const position = limit > 0 ? (size / limit) ** 0.6 : 0;
    bytes.set([...interpolate(difference_stops, position), 255], i * 4);
  });
  return bytes;
}

/** Numbers between two limits as RGBA bytes, white to plum. */
export function similarityColours(
  values: Float32Array,
  from: number,
  to: number,
): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray(values.length * 4);
  values.forEach((value, i) => {
    bytes.set([...interpolate(similarity_stops, (value - from) / (to - from || 1)), 255], i * 4);
  });
  return bytes;
}

/** How much a picture's cells read a word, laid over the picture: paper to plum, denser the more is read. */
export function readingColours(map: Float32Array, limit: number): Uint8ClampedArray<ArrayBuffer> {
  const bytes = similarityColours(map, 0, limit);
  map.forEach((share, cell) => {
    bytes[cell * 4 + 3] = 255 * (0.62 + 0.26 * Math.min(share / (limit || 1), 1));
  });
  return bytes;
}
