import { conditioningAt, type Conditioning } from "./conditioning";
import type { Origin, TraceRequest } from "../wire/trace";

/** What is asked where nothing else says so. */
export const default_request: TraceRequest = {
  prompt: "a cute rabbit in space, pixel art",
  negative_prompt: "",
  seed: 0,
  guidance_scale: 7,
  steps: 25,
  scheduler: "ddim",
  branched_from: [],
};

const guidance = ["prompt", "negative_prompt", "guidance_scale"] as const;
const plain = [...guidance, "seed", "steps", "scheduler"] as const;

/** Two requests that ask for the same picture. */
export function same(a: TraceRequest | null, b: TraceRequest): boolean {
  if (a === null || plain.some((name) => a[name] !== b[name])) return false;
  const [origins_a, origins_b] = [a.branched_from ?? [], b.branched_from ?? []];
  return (
    origins_a.length === origins_b.length &&
    origins_a.every((origin, i) => origin.step === origins_b[i]!.step && sameGuidance(origin, origins_b[i]!))
  );
}

/** What a further run of a comparison asks otherwise than the first; `step`: from which row on. */
export interface Change {
  prompt: string;
  negative_prompt?: string;
  guidance_scale?: number;
  step?: number;
}

/** The request of a further run: the same but for the change, from the start or, as a branch, from a step on. */
export function changed(request: TraceRequest, { step, ...change }: Change): TraceRequest {
  const whole = { ...request, ...change };
  return step === undefined ? whole : branched(request, step, whole);
}

/** `after` from row `step` on, `before` until then. */
function branched(before: TraceRequest, step: number, after: TraceRequest): TraceRequest {
  const origins = (before.branched_from ?? []).filter((origin) => origin.step < step);
  if (step > 0) origins.push(originAt(before, step));
  return simplified({ ...after, branched_from: origins });
}

/** The same run without branches that change nothing. */
export function simplified(request: TraceRequest): TraceRequest & { branched_from: Origin[] } {
  const kept: Origin[] = [];
  for (const origin of (request.branched_from ?? []).toReversed()) {
    if (!sameGuidance(origin, kept[0] ?? request)) kept.unshift(origin);
  }
  return { ...request, branched_from: kept };
}

/** What pulls the picture in the row before `step`. */
function originAt(request: TraceRequest, step: number): Origin {
  const { prompt, negative_prompt, guidance_scale } = conditioningAt(request, step - 1);
  return { step, prompt, negative_prompt, guidance_scale };
}

function sameGuidance(a: Conditioning, b: Conditioning): boolean {
  return guidance.every((name) => a[name] === b[name]);
}
