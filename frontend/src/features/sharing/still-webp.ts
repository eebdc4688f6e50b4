import type { Picture } from "../../drawing/picture";

const quality = 0.85;

/** A picture as a still WebP of that size; null where the browser writes none. */
export async function stillWebp(
  picture: Picture,
  width: number,
  height: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  await picture.image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d")!;
  const { naturalWidth, naturalHeight } = picture.image;
  const frame = picture.frame ?? { x: 0, y: 0, width: naturalWidth, height: naturalHeight };
  pen.drawImage(picture.image, frame.x, frame.y, frame.width, frame.height, 0, 0, width, height);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/webp", quality));
  return blob?.type === "image/webp" ? new Uint8Array(await blob.arrayBuffer()) : null;
}
