import { expect, test } from "vitest";
import { default_request } from "./request";
import type { GalleryEntry } from "../wire/server";
import type { TraceRequest } from "../wire/trace";
import { completed, firstOfEachPrompt } from "./listing";

const entry = (id: string, request: Partial<TraceRequest>): GalleryEntry => ({
  id,
  request: { ...default_request, ...request },
  title: "",
  model: "",
  fingerprint: "",
  url: "",
});

test("of the runs of a prompt the first is listed", () => {
  const listed = firstOfEachPrompt([
    entry("1", { prompt: "a fox", seed: 1 }),
    entry("2", { prompt: "an owl", seed: 1 }),
    entry("3", { prompt: "a fox", seed: 2 }),
    entry("4", { prompt: "a fox", negative_prompt: "red" }),
  ]);
  expect(listed.map(({ id }) => id)).toEqual(["1", "2", "4"]);
});

test("what a request leaves open is what the first stored run has that fits it", () => {
  const stored = [
    entry("1", { prompt: "a fox", negative_prompt: "red", seed: 1 }),
    entry("2", { prompt: "a fox", seed: 2, guidance_scale: 7 }),
    entry("3", { prompt: "a fox", seed: 3, guidance_scale: 1 }),
  ];
  expect(completed({ prompt: "a fox" }, stored)).toEqual(stored[1]!.request);
  expect(completed({ prompt: "a fox", guidance_scale: 1 }, stored)).toEqual(stored[2]!.request);
  expect(completed({ prompt: "a fox", seed: 9 }, stored)).toEqual({ prompt: "a fox", seed: 9 });
});
