import type { Sheet } from "../wire/trace";

/** A decoded picture, or one frame of a sprite sheet: `frame` is its part of the image, null for all of it. */
export interface Picture {
  image: HTMLImageElement;
  frame: { x: number; y: number; width: number; height: number } | null;
}

/** A whole picture from an address or a data URL; it loads by itself. */
export function pictureFrom(source: string): Picture {
  return { image: imageFrom(source), frame: null };
}

/** Every frame of a sprite sheet, row by row; one image for all. */
export function picturesFrom(source: string, sheet: Sheet): Picture[] {
  const image = imageFrom(source);
  return Array.from({ length: sheet.frames }, (_, k) => ({
    image,
    frame: {
      x: (k % sheet.columns) * sheet.width,
      y: Math.floor(k / sheet.columns) * sheet.height,
      width: sheet.width,
      height: sheet.height,
    },
  }));
}

function imageFrom(source: string): HTMLImageElement {
  const image = new Image();
  image.decoding = "async";
  image.src = source;
  return image;
}
