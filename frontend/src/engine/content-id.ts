import { simplified } from "../run/request";
import type { TraceRequest } from "../wire/trace";

/** The id of a request's trace on the model with that fingerprint, as the server gives it: 16 hex digits. */
export async function contentId(request: TraceRequest, fingerprint: string): Promise<string> {
  const text = new TextEncoder().encode(`${canonical(request)}\n${fingerprint}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The one JSON text of a request, as Python writes it. A plain run has no list of branches. */
function canonical(request: TraceRequest): string {
  const { branched_from, ...plain } = simplified(request);
  return json(branched_from.length > 0 ? { ...plain, branched_from } : plain);
}

function json(value: unknown, name = ""): string {
  if (Array.isArray(value)) return `[${value.map((entry) => json(entry)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, entry]) => `"${key}":${json(entry, key)}`).join(",")}}`;
  }
  return name === "guidance_scale" ? float(value as number) : JSON.stringify(value);
}

/** A number of 0 to 50 as Python writes a float: 7.0, 0.0001, 1e-05. */
function float(value: number): string {
  if (Number.isInteger(value)) return `${Math.abs(value)}.0`;
  return value < 1e-4 ? value.toExponential().replace(/-(\d)$/, "-0$1") : `${value}`;
}
