import { expect, test } from "vitest";
import { withPngText } from "../../files/png-text";
import { keyword, requestInside } from "./png-metadata";

const png = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="),
  (letter) => letter.charCodeAt(0),
);

test("a picture's request is read", () => {
  const request = { prompt: "a fox", seed: 3 };
  expect(requestInside(withPngText(png, keyword, JSON.stringify({ request })))).toEqual(request);
});

test("a picture that says nothing, or nonsense, has none", () => {
  expect(requestInside(png)).toBeNull();
  const branch = '{"request": {"prompt": "a fox", "branched_from": [null]}}';
  for (const nonsense of ["", "{", "null", "[]", '{"request": {"prompt": 3}}', branch])
    expect(requestInside(withPngText(png, keyword, nonsense))).toBeNull();
});
