/** Numbers with a shape, row-major, e.g. a latent [channels, height, width]. */
export interface Tensor {
  shape: number[];
  values: Float32Array;
}

/** Tensor k of a stack [N, …] as a view, not a copy. */
export function slice(stack: Tensor, k: number): Tensor {
  const shape = stack.shape.slice(1);
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, values: stack.values.subarray(k * size, (k + 1) * size) };
}

/** All N tensors of a stack [N, …]. */
export function unstack(stack: Tensor): Tensor[] {
  return Array.from({ length: stack.shape[0] ?? 0 }, (_, k) => slice(stack, k));
}

/** Tensors of one shape on top of each other: [N, …]. */
export function stacked(tensors: Tensor[]): Tensor {
  const [first] = tensors;
  if (!first) throw new Error("A stack needs at least one tensor.");
  const values = new Float32Array(tensors.length * first.values.length);
  tensors.forEach((tensor, k) => values.set(tensor.values, k * first.values.length));
  return { shape: [tensors.length, ...first.shape], values };
}

/** Σ factor · tensor over tensors of one shape. */
export function weightedSum(terms: { factor: number; tensor: Tensor }[]): Tensor {
  const first = terms[0];
  if (!first) throw new Error("A sum needs at least one tensor.");
  const values = new Float32Array(first.tensor.values.length);
  for (const { factor, tensor } of terms) {
    for (let i = 0; i < values.length; i++) values[i]! += factor * tensor.values[i]!;
  }
  return { shape: first.tensor.shape, values };
}

/** Euclidean length over all numbers. */
export function norm(tensor: Tensor): number {
  let sum = 0;
  for (const value of tensor.values) sum += value * value;
  return Math.sqrt(sum);
}

/** One place in a [channels, height, width] tensor, counted from 0. */
export interface Cell {
  channel: number;
  row: number;
  column: number;
}

/** The number in a cell. */
export function valueAt(tensor: Tensor, { channel, row, column }: Cell): number {
  const [, height = 1, width = 1] = tensor.shape;
  return tensor.values[(channel * height + row) * width + column] ?? 0;
}
