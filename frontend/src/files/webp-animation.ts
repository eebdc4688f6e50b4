import { joined, littleEndian, text } from "./bytes";

const has_animation = 0x02;
const no_blending = 0x02;

export interface WebpFrame {
  /** A still WebP, lossy and opaque, as a canvas writes it. */
  file: Uint8Array;
  milliseconds: number;
}

/** Still pictures of one size as one animated WebP that repeats: their bitstreams in a container. */
export function animatedWebp(frames: WebpFrame[], width: number, height: number): Uint8Array<ArrayBuffer> {
  const size = joined([littleEndian(width - 1, 3), littleEndian(height - 1, 3)]);
  const body = joined([
    text("WEBP"),
    chunk("VP8X", joined([littleEndian(has_animation, 4), size])),
    chunk("ANIM", joined([littleEndian(0xffffffff, 4), littleEndian(0, 2)])),
    ...frames.map(({ file, milliseconds }) =>
      chunk(
        "ANMF",
        joined([
          littleEndian(0, 6),
          size,
          littleEndian(milliseconds, 3),
          littleEndian(no_blending, 1),
          ...bitstreams(file),
        ]),
      ),
    ),
  ]);
  return chunk("RIFF", body);
}

/** A chunk of a RIFF file: name, length, body, padded to an even number of bytes. */
function chunk(name: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  return joined([text(name), littleEndian(body.length, 4), body, new Uint8Array(body.length % 2)]);
}

/** The chunks of a still WebP that are pixels. */
function bitstreams(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found: Uint8Array[] = [];
  for (let at = 12; at + 8 <= file.length;) {
    const name = String.fromCharCode(...file.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length + (length % 2);
    if (["ALPH", "VP8 ", "VP8L"].includes(name)) found.push(file.subarray(at, end));
    at = end;
  }
  return found;
}
