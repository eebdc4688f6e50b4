const [either_side, largest_seed] = [2, 2 ** 32 - 1];

/** A seed and those next to it, five in all. */
export function seedsBeside(seed: number): number[] {
  const first = Math.min(Math.max(seed - either_side, 0), largest_seed - 2 * either_side);
  return Array.from({ length: 2 * either_side + 1 }, (_, k) => first + k);
}
