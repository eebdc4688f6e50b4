import { norm, type Tensor } from "./tensor";

/** Size of b − a in every cell, over the channels: [height · width] of a [channels, height, width] pair. */
export function differenceMap(a: Tensor, b: Tensor): Float32Array {
  const cells = a.values.length / (a.shape[0] ?? 1);
  const sizes = new Float32Array(cells);
  for (let i = 0; i < a.values.length; i++) {
    const difference = b.values[i]! - a.values[i]!;
    sizes[i % cells]! += difference * difference;
  }
  return sizes.map(Math.sqrt);
}

/** Sizes of a difference at every step, [steps] of [height · width]; one limit for all steps. */
export interface Maps {
  sizes: Float32Array[];
  limit: number;
}

/** How two quantities differ at every step that both have. */
export function differenceMaps(a: Tensor[], b: Tensor[]): Maps {
  const steps = Math.min(a.length, b.length);
  const sizes = Array.from({ length: steps }, (_, k) => differenceMap(a[k]!, b[k]!));
  return { sizes, limit: largest(sizes) };
}

/** The largest cell over all maps: one limit for every step. */
export function largest(maps: Float32Array[]): number {
  let limit = 0;
  for (const map of maps) for (const value of map) if (value > limit) limit = value;
  return limit;
}

/** ‖b − a‖ / ‖a‖: 0 for equal tensors. */
export function relativeDistance(a: Tensor, b: Tensor): number {
  let sum = 0;
  for (let i = 0; i < a.values.length; i++) sum += (b.values[i]! - a.values[i]!) ** 2;
  return sum > 0 ? Math.sqrt(sum) / norm(a) : 0;
}

/** Distance of two text representations [slots, d] in every slot. */
export function slotDistances(a: Tensor, b: Tensor): Float32Array {
  const [slots = 0, width = 0] = a.shape;
  const distances = new Float32Array(slots);
  for (let slot = 0; slot < slots; slot++) {
    let sum = 0;
    for (let i = slot * width; i < (slot + 1) * width; i++) sum += (b.values[i]! - a.values[i]!) ** 2;
    distances[slot] = Math.sqrt(sum);
  }
  return distances;
}

/** The first step whose distance is at least half of the last one; null while there is nothing to halve. */
export function halfwayStep(distances: number[]): number | null {
  const final = distances.at(-1) ?? 0;
  if (final <= 0) return null;
  return distances.findIndex((distance) => distance >= final / 2);
}

/** The first slot that differs by more than rounding; −1 where none does. */
export function firstDifferent(distances: Float32Array): number {
  const largest = Math.max(...distances);
  return largest > 0 ? distances.findIndex((distance) => distance > largest * 1e-3) : -1;
}
