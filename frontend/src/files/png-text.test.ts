import { expect, test } from "vitest";
import { crc32 } from "./crc";
import { pngText, withPngText } from "./png-text";

/** One black pixel. */
const png = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="),
  (letter) => letter.charCodeAt(0),
);

test("the checksum is that of the standard", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

test("a text put into a PNG is found again, whatever its letters", () => {
  const written = withPngText(png, "diffusion-explainer", "ein Hase für Zoë 🐇");
  expect(pngText(written, "diffusion-explainer")).toBe("ein Hase für Zoë 🐇");
  expect(pngText(written, "parameters")).toBeNull();
});

test("everything else of the PNG stays", () => {
  const written = withPngText(png, "a", "b");
  const header = 8 + 25;
  expect(written.subarray(0, header)).toEqual(png.subarray(0, header));
  expect(written.subarray(written.length - (png.length - header))).toEqual(png.subarray(header));
});

test("a file that is no PNG, or breaks off, holds no text", () => {
  expect(pngText(new Uint8Array(0), "a")).toBeNull();
  expect(pngText(png.subarray(1), "a")).toBeNull();
  expect(pngText(withPngText(png, "a", "b").subarray(0, 40), "a")).toBeNull();
});
