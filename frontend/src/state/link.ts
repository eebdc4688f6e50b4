import type { TraceRequest } from "../wire/trace";

/** What a link restores. */
export interface PageLink {
  request: Partial<TraceRequest>;
  /** 0-based. */
  step: number | null;
  picture: PictureKind | null;
  /** The second prompt of a comparison. */
  compared_with: string | null;
}

export type PictureKind = "latent" | "predicted";

const numbers = ["seed", "guidance_scale", "steps"] as const;
const texts = ["prompt", "negative_prompt", "scheduler"] as const;

/** The page's state as the part of an address after "#"; the step counts from 1 there, as on the page. */
export function linkHash(link: PageLink): string {
  const parameters = new URLSearchParams();
  for (const name of [...texts, ...numbers]) {
    const value = link.request[name];
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  if (link.compared_with !== null) parameters.set("compare", link.compared_with);
  if (link.step !== null) parameters.set("step", String(link.step + 1));
  if (link.picture) parameters.set("picture", link.picture);
  return parameters.toString();
}

/** Reads such a part; what is missing or malformed is left out. */
export function readLink(hash: string): PageLink {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const request: Partial<TraceRequest> = {};
  for (const name of texts) {
    const value = parameters.get(name);
    if (value) request[name] = value;
  }
  for (const name of numbers) {
    const value = parameters.get(name);
    if (value && Number.isFinite(Number(value))) request[name] = Number(value);
  }
  const step = Number(parameters.get("step"));
  const picture = parameters.get("picture");
  return {
    request,
    step: Number.isInteger(step) && step > 0 ? step - 1 : null,
    picture: picture === "latent" || picture === "predicted" ? picture : null,
    compared_with: parameters.get("compare"),
  };
}
