import type { GalleryEntry } from "../wire/server";

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
