import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type FirstTraceFile, upgraded } from "./version-1";

const stored: FirstTraceFile = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../tests/storage/version-1/trace.json"), "utf8"),
);

test("a bundle of version 1 reads as one of the newest version", () => {
  const trace = upgraded(stored);
  expect(trace.version).toBe(2);
  expect(trace.clip_embeddings).toEqual(stored.meeting);
  expect(trace.steps.map((row) => row.clip_similarity)).toEqual(stored.steps.map((row) => row.match));
  expect(trace.attention!.layers!.map((layer) => layer.head_dim)).toEqual(
    stored.attention!.layers!.map((layer) => layer.width),
  );
  expect(trace.attention!.scale).toHaveLength(stored.attention!.shape[1]);
  expect(new Set(trace.attention!.scale)).toEqual(new Set([stored.attention!.scale]));
  expect(trace.tokens.map(({ start: _, end: __, ...token }) => token)).toEqual(stored.tokens);
  for (const old of ['"meeting"', '"match"', '"width":32'])
    expect(JSON.stringify({ ...trace, pictures: null })).not.toContain(old);
});

test("an early bundle has no similarities and no names of layers", () => {
  const steps = stored.steps.map(({ match: _, ...row }) => row);
  const { meeting: _, ...early } = {
    ...stored,
    steps,
    attention: { ...stored.attention!, layers: undefined },
  };
  const trace = upgraded(early);
  expect([trace.clip_embeddings, trace.attention!.layers]).toEqual([null, []]);
  expect(trace.steps.map((row) => row.clip_similarity)).toEqual([null, null]);
  expect(upgraded({ ...early, attention: null }).attention).toBeNull();
});

test("a bundle of the newest version is left as it is", () => {
  const newest = upgraded(stored);
  expect(upgraded(newest)).toBe(newest);
});

test("a token of an early bundle knows its characters, also behind a letter that grows in lower case", () => {
  const spell = (text: string, kind: "text" | "cut" = "text") => ({ ...stored.tokens[1]!, text, kind });
  const trace = upgraded({
    ...stored,
    request: { ...stored.request, prompt: "İ red fox, red" },
    tokens: [stored.tokens[0]!, spell("red"), spell("fox"), spell(",")],
    cut_tokens: [spell("red", "cut")],
  });
  expect(trace.tokens.map(({ start, end }) => [start, end])).toEqual([
    [null, null],
    [2, 5],
    [6, 9],
    [9, 10],
  ]);
  expect(trace.cut_tokens.map(({ start, end }) => [start, end])).toEqual([[11, 14]]);
});
