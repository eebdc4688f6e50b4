import { writeHalves } from "../tensor/half";
import type { Tensor } from "../tensor/tensor";
import type { WireArray } from "../wire/events";

/** A tensor as an event carries it: float16, in base64. */
export function wireArray({ shape, values }: Tensor): WireArray {
  return { dtype: "float16", shape, data: base64(writeHalves(values)) };
}

export function base64(bytes: Uint8Array): string {
  const characters = Array.from(bytes, (byte) => String.fromCharCode(byte));
  return btoa(characters.join(""));
}
