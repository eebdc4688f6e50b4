import type { GalleryEntry } from "../wire/server";
import type { TraceRequest } from "../wire/trace";

/** One run of each prompt: the first, which is the one to show. */
export function firstOfEachPrompt(entries: GalleryEntry[]): GalleryEntry[] {
  const prompts = new Map<string, GalleryEntry>();
  for (const entry of entries) {
    const { prompt, negative_prompt } = entry.request;
    const name = JSON.stringify([prompt, negative_prompt]);
    if (!prompts.has(name)) prompts.set(name, entry);
  }
  return [...prompts.values()];
}

/** A request with the settings that it leaves open taken from the first run that fits it, if there is one. */
export function completed(request: Partial<TraceRequest>, entries: GalleryEntry[]): Partial<TraceRequest> {
  const { branched_from = [], ...asked } = { negative_prompt: "", ...request };
  if (branched_from.length > 0) return request;
  const names = Object.keys(asked) as (keyof typeof asked)[];
  const fitting = entries.find((entry) => names.every((name) => entry.request[name] === asked[name]));
  return fitting?.request ?? request;
}
