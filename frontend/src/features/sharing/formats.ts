import type { Run } from "../../run/run";

/** The files a run can be taken away as. */
export const formats = ["png", "webp", "gif", "mp4", "html", "zip", "safetensors", "json"] as const;

export type Format = (typeof formats)[number];

/** Those that the page can make itself, where there is no server. */
const made_by_the_page: Format[] = ["png", "webp", "zip", "safetensors", "json"];

export function canMake(format: Format): boolean {
  return made_by_the_page.includes(format);
}

/** A name to save a run under: the prompt's first words and the id. */
export function fileName(run: Run, format: Format): string {
  const words = run.request.prompt
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 48)
    .replace(/-+$/, "");
  return `${words || "run"}-${run.id}.${format}`;
}
