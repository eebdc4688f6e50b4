import type { Origin, TraceRequest } from "../wire/trace";

const texts = ["prompt", "negative_prompt", "scheduler"] as const;
const numbers = ["seed", "guidance_scale", "steps"] as const;

/** A request as a file tells it, without what is no part of one; null where it is none. */
export function readRequest(value: unknown): Partial<TraceRequest> | null {
  const told = fields(value);
  if (typeof told.prompt !== "string") return null;
  const known = [...texts, ...numbers, "branched_from"].filter((name) => told[name] !== undefined);
  const wrong =
    texts.some((name) => name in told && typeof told[name] !== "string") ||
    numbers.some((name) => name in told && !Number.isFinite(told[name])) ||
    ("branched_from" in told && !readOrigins(told.branched_from));
  return wrong
    ? null
    : (Object.fromEntries(known.map((name) => [name, told[name]])) as Partial<TraceRequest>);
}

/** The earlier guidance of a branch as a link or a file tells it; null where it is none. */
export function readOrigins(value: unknown): Origin[] | null {
  return Array.isArray(value) && value.every(isOrigin) ? value : null;
}

function isOrigin(value: unknown): value is Origin {
  const { step, prompt, negative_prompt, guidance_scale } = fields(value);
  return (
    Number.isInteger(step) &&
    typeof prompt === "string" &&
    typeof negative_prompt === "string" &&
    Number.isFinite(guidance_scale)
  );
}

function fields(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
