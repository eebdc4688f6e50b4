import type { Origin, TraceRequest } from "../wire/trace";
import { readOrigins } from "../run/read-request";
import { readExperiment, writeExperiment, type Experiment } from "../run/experiment";
import type { Change } from "../run/request";
import type { OpenRoom } from "./room.svelte";

/** What a link restores. */
export interface PageLink {
  request: Partial<TraceRequest>;
  /** 0-based. */
  step: number | null;
  picture: PictureKind | null;
  /** What the further runs of a comparison ask otherwise, at most three. */
  others: Change[];
  /** Many runs at once, in place of the one. */
  experiment: Experiment | null;
  /** What stands beside the steps of a comparison. */
  beside: Beside | null;
  /** The open station. */
  room: OpenRoom | null;
}

const besides = ["pca", "umap", "pictures", "words"] as const;
export type Beside = (typeof besides)[number];

export type PictureKind = "latent" | "predicted";

const numbers = ["seed", "guidance_scale", "steps"] as const;
const texts = ["prompt", "negative_prompt", "scheduler"] as const;

/** The parameters that hold the further prompts, and how each one's own settings begin. */
const names = [
  { prompt: "compare", mark: "b" },
  { prompt: "compare_c", mark: "c" },
  { prompt: "compare_d", mark: "d" },
];
type Names = (typeof names)[number];

/** The page's state as the part of an address after "#"; steps count from 1 there, as on the page. */
export function linkHash(link: PageLink): string {
  const parameters = new URLSearchParams();
  for (const name of [...texts, ...numbers]) {
    const value = link.request[name];
    if (value !== undefined && value !== "") parameters.set(name, String(value));
  }
  const origins = link.request.branched_from ?? [];
  if (origins.length > 0) parameters.set("branched_from", JSON.stringify(origins));
  link.others.forEach((change, i) => writeChange(parameters, change, names[i]!));
  if (link.experiment) writeExperiment(parameters, link.experiment);
  if (link.beside) parameters.set("beside", link.beside);
  if (link.room) {
    parameters.set("open", link.room.name);
    parameters.set("level", String(link.room.level));
  }
  if (link.step !== null) parameters.set("step", String(link.step + 1));
  if (link.picture) parameters.set("picture", link.picture);
  return parameters.toString();
}

/** What an address without such a part restores. */
export const empty_link: PageLink = {
  request: {},
  step: null,
  picture: null,
  others: [],
  experiment: null,
  beside: null,
  room: null,
};

/** Reads such a part; what is missing or malformed is left out, and so are stations that are none of `rooms`. */
export function readLink(hash: string, rooms: readonly { name: string }[]): PageLink {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const request: Partial<TraceRequest> = {};
  for (const name of texts) {
    const value = parameters.get(name);
    if (value) request[name] = value;
  }
  for (const name of numbers) {
    const value = readNumber(parameters, name);
    if (value !== undefined) request[name] = value;
  }
  const origins = originsIn(parameters);
  if (origins?.length) request.branched_from = origins;
  const picture = parameters.get("picture");
  return {
    request,
    step: readStep(parameters, "step") ?? null,
    picture: picture === "latent" || picture === "predicted" ? picture : null,
    others: names.flatMap((each) => readChange(parameters, each)),
    experiment: readExperiment(parameters),
    beside: besides.find((one) => one === parameters.get("beside")) ?? null,
    room: readRoom(parameters, rooms),
  };
}

/** The parameters of such a part that cannot be read, by name. */
export function mangledIn(hash: string): string[] {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const wrong = [...numbers, "step"].filter(
    (name) => parameters.get(name) && readNumber(parameters, name) === undefined,
  );
  return originsIn(parameters) ? wrong : [...wrong, "branched_from"];
}

function writeChange(parameters: URLSearchParams, change: Change, { prompt, mark }: Names): void {
  parameters.set(prompt, change.prompt);
  if (change.step !== undefined) parameters.set(`${mark}_from`, String(change.step + 1));
  if (change.negative_prompt !== undefined) parameters.set(`${mark}_negative`, change.negative_prompt);
  if (change.guidance_scale !== undefined) parameters.set(`${mark}_guidance`, String(change.guidance_scale));
}

function readChange(parameters: URLSearchParams, names: Names): Change[] {
  const prompt = parameters.get(names.prompt);
  const { mark } = names;
  if (prompt === null) return [];
  const change: Change = { prompt };
  const [step, guidance_scale] = [
    readStep(parameters, `${mark}_from`),
    readNumber(parameters, `${mark}_guidance`),
  ];
  const negative_prompt = parameters.get(`${mark}_negative`);
  if (step !== undefined) change.step = step;
  if (negative_prompt !== null) change.negative_prompt = negative_prompt;
  if (guidance_scale !== undefined) change.guidance_scale = guidance_scale;
  return [change];
}

function readNumber(parameters: URLSearchParams, name: string): number | undefined {
  const value = parameters.get(name);
  return value && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

/** A step as it is counted inside: from 0. */
function readStep(parameters: URLSearchParams, name: string): number | undefined {
  const step = readNumber(parameters, name);
  return step !== undefined && Number.isInteger(step) && step > 0 ? step - 1 : undefined;
}

/** Null where they are mangled; steps that the server would refuse are left to it to name. */
function originsIn(parameters: URLSearchParams): Origin[] | null {
  try {
    return readOrigins(JSON.parse(parameters.get("branched_from") ?? "[]"));
  } catch {
    return null;
  }
}

function readRoom(parameters: URLSearchParams, rooms: readonly { name: string }[]): OpenRoom | null {
  const room = rooms.find(({ name }) => name === parameters.get("open"));
  return room ? { name: room.name, level: parameters.get("level") === "3" ? 3 : 2 } : null;
}

/** The same view for a frame of another page. */
export function inFrame(address: string): string {
  const framed = new URL(address);
  framed.search = "?embed";
  return framed.href;
}
