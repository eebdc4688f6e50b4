import { bigEndian, joined, text } from "./bytes";
import { crc32 } from "./crc";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

interface Chunk {
  kind: string;
  body: Uint8Array;
  /** Where the chunk ends in the file. */
  end: number;
}

/** The text of that keyword in a PNG's iTXt chunks, null where there is none or the file is no PNG. */
export function pngText(file: Uint8Array, keyword: string): string | null {
  for (const { kind, body } of chunks(file)) {
    const found = kind === "iTXt" ? internationalText(body) : null;
    if (found?.keyword === keyword) return found.text;
  }
  return null;
}

/** The PNG with one more text, right behind its header. */
export function withPngText(file: Uint8Array, keyword: string, content: string): Uint8Array<ArrayBuffer> {
  const header = chunks(file).next().value;
  if (!header) throw new Error("This is not a PNG.");
  // keyword, end; not compressed, method 0; no language, no translated keyword
  const body = joined([text(keyword), new Uint8Array([0, 0, 0, 0, 0]), text(content)]);
  const named = joined([text("iTXt"), body]);
  const chunk = joined([bigEndian(body.length), named, bigEndian(crc32(named))]);
  return joined([file.subarray(0, header.end), chunk, file.subarray(header.end)]);
}

function* chunks(file: Uint8Array): Generator<Chunk, void> {
  if (signature.some((byte, k) => file[k] !== byte)) return;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = signature.length; at + 12 <= file.length;) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > file.length) return;
    const kind = String.fromCharCode(...file.subarray(at + 4, at + 8));
    yield { kind, body: file.subarray(at + 8, end - 4), end };
    at = end;
  }
}

/** Keyword and text of an iTXt chunk; null where the text is compressed, as ours never is. */
function internationalText(body: Uint8Array): { keyword: string; text: string } | null {
  const keyword_end = body.indexOf(0);
  const compressed = body[keyword_end + 1] !== 0;
  const language_end = body.indexOf(0, keyword_end + 3);
  const translation_end = body.indexOf(0, language_end + 1);
  if (keyword_end < 0 || compressed || language_end < 0 || translation_end < 0) return null;
  const decoder = new TextDecoder();
  return {
    keyword: decoder.decode(body.subarray(0, keyword_end)),
    text: decoder.decode(body.subarray(translation_end + 1)),
  };
}
