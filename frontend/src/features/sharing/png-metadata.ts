import { pngText } from "../../files/png-text";
import { readRequest } from "../../run/read-request";
import type { Run } from "../../run/run";
import type { TraceRequest } from "../../wire/trace";

/** The text of a PNG that holds the request of its picture, in the page and on the server. */
export const keyword = "diffusion-explainer";

/** What a picture says of its run. */
export function pngMetadata({ id, request, model }: Run): string {
  const { name, source, fingerprint } = model;
  return JSON.stringify({ id, request, model: { name, source, fingerprint } });
}

/** The request inside a PNG; null where there is none. */
export function requestInside(file: Uint8Array): Partial<TraceRequest> | null {
  try {
    return readRequest(JSON.parse(pngText(file, keyword) ?? "null")?.request);
  } catch {
    return null;
  }
}
