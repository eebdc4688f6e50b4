import type { Tensor } from "../tensor/tensor";
import type { Picture } from "./picture";

/** A picture's colours as [3, height, width] from 0 to 1, at most `most` pixels a side. */
export async function pixelsOf({ image, frame }: Picture, most: number): Promise<Tensor> {
  await image.decode();
  const part = frame ?? { x: 0, y: 0, width: image.naturalWidth, height: image.naturalHeight };
  const shrink = Math.min(1, most / Math.max(part.width, part.height));
  const [width, height] = [Math.round(part.width * shrink), Math.round(part.height * shrink)];
  const pen = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  pen.drawImage(image, part.x, part.y, part.width, part.height, 0, 0, width, height);
  return colours(pen.getImageData(0, 0, width, height).data, width, height);
}

/** RGBA bytes as colours from 0 to 1, channel by channel. */
export function colours(bytes: Uint8ClampedArray, width: number, height: number): Tensor {
  const values = new Float32Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      values[channel * width * height + pixel] = bytes[pixel * 4 + channel]! / 255;
    }
  }
  return { shape: [3, height, width], values };
}
