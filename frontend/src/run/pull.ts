import type { Origin, TraceRequest } from "../wire/trace";

/** What pulls the picture: the words, those to keep away from, and how strongly. */
export type Pull = Pick<Origin, "prompt" | "negative_prompt" | "guidance_scale">;

/** What pulls the picture in that row, which may be before a branch. */
export function pullAt(request: TraceRequest, row: number): Pull {
  return (request.branched_from ?? []).find((origin) => row < origin.step) ?? request;
}

/** The guidance scale of that row. */
export function guidanceAt(request: TraceRequest, row: number): number {
  return pullAt(request, row).guidance_scale;
}

/** The request with another prompt where it has that of the row: before a branch, or from it on. */
export function withPromptAt(request: TraceRequest, row: number, prompt: string): TraceRequest {
  const pull = pullAt(request, row);
  if (pull === request) return { ...request, prompt };
  const origins = request.branched_from ?? [];
  return {
    ...request,
    branched_from: origins.map((origin) => (origin === pull ? { ...origin, prompt } : origin)),
  };
}
