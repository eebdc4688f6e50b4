import type { Tensor } from "../tensor/tensor";
import { palette, pixelAt, signed_stops } from "./scales";

/** Latents keep a variance near one: hardly a number lies beyond. */
const channel_limit = 3;
const signed = palette(signed_stops);

/**
 * A latent [channels, h, w] as colours: rgb = Σ channel · row + last row, clipped; RGBA bytes.
 * `scale` brings it to the variance-preserving latent first. Approximate: a linear map, no decoder.
 */
export function latentColours(
  latent: Tensor,
  rows: number[][],
  scale: number,
): Uint8ClampedArray<ArrayBuffer> {
  const [red, green, blue] = rows.at(-1) as [number, number, number];
  return linearColours(latent, rows, scale, [red, green, blue]);
}

/** A noise [channels, h, w] through the same map on its own scale, around mid grey. */
export function noiseColours(noise: Tensor, rows: number[][], magnification = 1) {
  return linearColours(noise, rows, noiseGain(rows) * magnification, [0.5, 0.5, 0.5]);
}

/** One channel of a latent on the signed scale, blue below zero and orange above; full strength at ±3. */
export function channelColours(
  latent: Tensor,
  channel: number,
  scale: number,
): Uint8ClampedArray<ArrayBuffer> {
  const [, height = 1, width = 1] = latent.shape;
  const pixels = new Uint32Array(height * width);
  const values = latent.values.subarray(channel * height * width, (channel + 1) * height * width);
  values.forEach((value, i) => {
    pixels[i] = pixelAt(signed, 0.5 + (value * scale) / (2 * channel_limit));
  });
  return new Uint8ClampedArray(pixels.buffer);
}

/** The factor that gives unit noise a contrast of 0.26 around grey, over the three colours. */
export function noiseGain(rows: number[][]): number {
  const squares = rows.slice(0, -1).flat();
  const spread = Math.sqrt(squares.reduce((sum, value) => sum + value * value, 0) / 3);
  return spread > 0 ? 0.26 / spread : 1;
}

function linearColours(
  tensor: Tensor,
  rows: number[][],
  scale: number,
  base: [number, number, number],
): Uint8ClampedArray<ArrayBuffer> {
  const channels = tensor.shape[0] ?? 1;
  const cells = tensor.values.length / channels;
  const bytes = new Uint8ClampedArray(cells * 4);
  for (let cell = 0; cell < cells; cell++) {
    let [red, green, blue] = base;
    for (let channel = 0; channel < channels; channel++) {
      const value = tensor.values[channel * cells + cell]! * scale;
      const row = rows[channel]!;
      red += value * row[0]!;
      green += value * row[1]!;
      blue += value * row[2]!;
    }
    bytes[cell * 4] = red * 255;
    bytes[cell * 4 + 1] = green * 255;
    bytes[cell * 4 + 2] = blue * 255;
    bytes[cell * 4 + 3] = 255;
  }
  return bytes;
}
