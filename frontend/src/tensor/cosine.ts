import type { Tensor } from "./tensor";

/** The cosine of the angle between two vectors: 1 same direction, 0 unrelated, −1 opposite. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, squares_a, squares_b] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    squares_a += a[i]! ** 2;
    squares_b += b[i]! ** 2;
  }
  const lengths = Math.sqrt(squares_a * squares_b);
  return lengths > 0 ? product / lengths : 0;
}

/** Row k of [n, d], as a view. */
export function row(matrix: Tensor, k: number): Float32Array {
  const width = matrix.shape[1] ?? 0;
  return matrix.values.subarray(k * width, (k + 1) * width);
}

/** How alike every two rows of [n, d] are: [n, n]. */
export function cosines(matrix: Tensor): Tensor {
  const rows = matrix.shape[0] ?? 0;
  const values = new Float32Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = i; j < rows; j++) {
      values[i * rows + j] = values[j * rows + i] = cosine(row(matrix, i), row(matrix, j));
    }
  }
  return { shape: [rows, rows], values };
}
