import type { Tensor } from "../../tensor/tensor";
import { interpolate, signed_stops } from "../../drawing/scales";

/** One channel of a latent [channels, h, w] as RGBA bytes: blue and orange reach full strength at `limit`. */
export function channelColours(
  latent: Tensor,
  channel: number,
  limit: number,
): Uint8ClampedArray<ArrayBuffer> {
  const cells = latent.values.length / (latent.shape[0] ?? 1);
  const bytes = new Uint8ClampedArray(cells * 4);
  for (let cell = 0; cell < cells; cell++) {
    const value = latent.values[channel * cells + cell]!;
    bytes.set([...interpolate(signed_stops, 0.5 + value / (2 * limit)), 255], cell * 4);
  }
  return bytes;
}
