import { expect, test } from "vitest";
import { default_request } from "../state/request";
import type { GalleryEntry } from "../wire/server";
import type { TraceRequest } from "../wire/trace";
import { firstOfEachPrompt } from "./listing";

const entry = (id: string, request: Partial<TraceRequest>): GalleryEntry => ({
  id,
  request: { ...default_request, ...request },
  title: "",
  model: "",
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
