import { conditionalNoise } from "../tensor/guidance";
import type { Tensor } from "../tensor/tensor";
import type { TraceRequest } from "../wire/trace";
import { guidanceAt } from "./conditioning";

/** The three noises of one row. */
interface Noises {
  noise_unconditional: Tensor;
  noise_conditional: Tensor;
  noise_guided: Tensor;
}

/**
 * The conditional noise of a row whose noises came in half precision, so that guided = generic + w · impact holds
 * again: for w > 1 guidance multiplies what rounding took from it, so it follows from the other two.
 */
export function restoredConditional(request: TraceRequest, row: number, noises: Noises): Tensor {
  const w = guidanceAt(request, row);
  const { noise_unconditional, noise_conditional, noise_guided } = noises;
  return w > 1 ? conditionalNoise(noise_unconditional, noise_guided, w) : noise_conditional;
}
