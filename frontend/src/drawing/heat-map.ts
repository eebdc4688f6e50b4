import type { Tensor } from "../tensor/tensor";
import { difference_stops, palette, pixelAt, signed_stops, similarity_stops } from "./scales";

const signed = palette(signed_stops);
const difference = palette(difference_stops);
const similarity = palette(similarity_stops);

/**
 * A text representation [slots, d] as a map with a column a slot and a row a number: RGBA bytes, width = slots.
 * Blue and orange reach full strength at `limit`.
 */
export function textColours(embedding: Tensor, limit: number): Uint8ClampedArray<ArrayBuffer> {
  const [slots = 0, width = 0] = embedding.shape;
  const pixels = new Uint32Array(slots * width);
  for (let slot = 0; slot < slots; slot++) {
    for (let row = 0; row < width; row++) {
      const value = embedding.values[slot * width + row]!;
      pixels[row * slots + slot] = pixelAt(signed, 0.5 + value / (2 * limit));
    }
  }
  return new Uint8ClampedArray(pixels.buffer);
}

/** The size below which 98 of 100 numbers lie: the few giants of CLIP would wash out all others. */
export function colourLimit(tensor: Tensor): number {
  const sizes = tensor.values.map(Math.abs).sort();
  return sizes[Math.floor((sizes.length - 1) * 0.98)] || 1;
}

/** Sizes of a difference as RGBA bytes; power 0.6 so that small ones show. */
export function differenceColours(sizes: Float32Array, limit: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint32Array(sizes.length);
  sizes.forEach((size, i) => {
    pixels[i] = pixelAt(difference, limit > 0 ? (size / limit) ** 0.6 : 0);
  });
  return new Uint8ClampedArray(pixels.buffer);
}

/** Numbers between two limits as RGBA bytes, white to plum. */
export function similarityColours(
  values: Float32Array,
  from: number,
  to: number,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint32Array(values.length);
  values.forEach((value, i) => {
    pixels[i] = pixelAt(similarity, (value - from) / (to - from || 1));
  });
  return new Uint8ClampedArray(pixels.buffer);
}

/** How much a picture's cells read a word, laid over the picture: paper to plum, denser the more is read. */
export function readingColours(map: Float32Array, limit: number): Uint8ClampedArray<ArrayBuffer> {
  const bytes = similarityColours(map, 0, limit);
  map.forEach((share, cell) => {
    bytes[cell * 4 + 3] = 255 * (0.62 + 0.26 * Math.min(share / (limit || 1), 1));
  });
  return bytes;
}
