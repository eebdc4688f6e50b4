import type { TraceRequest } from "../wire/trace";

/** What is asked where nothing else says so. */
export const default_request: TraceRequest = {
  prompt: "a cute rabbit in space, pixel art",
  negative_prompt: "",
  seed: 0,
  guidance_scale: 7,
  steps: 25,
  scheduler: "ddim",
};

/** Two requests that ask for the same picture. */
export function same(a: TraceRequest | null, b: TraceRequest): boolean {
  return a !== null && (Object.keys(b) as (keyof TraceRequest)[]).every((name) => a[name] === b[name]);
}
