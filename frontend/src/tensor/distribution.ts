import { cosine } from "./cosine";

/** Mean and standard deviation. */
export function moments(values: ArrayLike<number>): { mean: number; spread: number } {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const spread = Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
  return { mean, spread };
}

/** The share of the values in each of `bins` equal parts of −limit…limit; what lies beyond counts to the outermost. */
export function histogram(values: ArrayLike<number>, limit: number, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of Array.from(values)) {
    const bin = Math.floor(((value + limit) / (2 * limit)) * bins);
    counts[Math.min(Math.max(bin, 0), bins - 1)]! += 1 / values.length;
  }
  return counts;
}

/** The bell curve of mean 0 and spread 1 at x. */
export function bell(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** Pearson's correlation of two lists of one length: 1 one follows the other, 0 unrelated, −1 opposite. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [mean_a, mean_b] = [moments(a).mean, moments(b).mean];
  return cosine(
    Array.from(a, (value) => value - mean_a),
    Array.from(b, (value) => value - mean_b),
  );
}
