import type { Origin, TraceRequest } from "../wire/trace";

/** What pulls the picture: the words, those to keep away from, and how strongly. */
export type Conditioning = Pick<Origin, "prompt" | "negative_prompt" | "guidance_scale">;

/** What pulls the picture in that row, which may be before a branch. */
export function conditioningAt(request: TraceRequest, row: number): Conditioning {
  return (request.branched_from ?? []).find((origin) => row < origin.step) ?? request;
}

/** The guidance scale of that row. */
export function guidanceAt(request: TraceRequest, row: number): number {
  return conditioningAt(request, row).guidance_scale;
}

/** The request with another prompt where it has that of the row: before a branch, or from it on. */
export function withPromptAt(request: TraceRequest, row: number, prompt: string): TraceRequest {
  const conditioning = conditioningAt(request, row);
  if (conditioning === request) return { ...request, prompt };
  const origins = request.branched_from ?? [];
  return {
    ...request,
    branched_from: origins.map((origin) => (origin === conditioning ? { ...origin, prompt } : origin)),
  };
}
