import type { GalleryEntry } from "../wire/server";
import type { TraceRequest } from "../wire/trace";
import type { Axis, GridSetting } from "./experiment";

/** Values of a setting that are worth a row of a grid around a request. */
export function suggestedAxis(setting: GridSetting, request: TraceRequest): Axis {
  const value = request[setting];
  const around: Record<GridSetting, (string | number)[]> = {
    seed: [0, 1, 2].map((more) => request.seed + more),
    guidance_scale: [0, 1, 3, 7, 15],
    steps: [5, 10, 25, 50],
    scheduler: [request.scheduler, ...["euler", "dpmpp_2m", "heun"].filter((name) => name !== value)],
    prompt: [request.prompt, `${request.prompt}, pixel art`, `${request.prompt}, watercolor`],
    negative_prompt: ["", "night", "space"],
  };
  return { setting, values: around[setting] };
}

/** The values of a setting for which a run is stored that is otherwise like the request, but for `free`. */
export function storedAxis(
  setting: GridSetting,
  request: TraceRequest,
  stored: GalleryEntry[],
  free: GridSetting[],
): Axis {
  const fixed = (
    ["prompt", "negative_prompt", "seed", "guidance_scale", "steps", "scheduler"] as const
  ).filter((name) => name !== setting && !free.includes(name));
  const values = stored
    .filter((entry) => fixed.every((name) => entry.request[name] === request[name]))
    .map((entry) => entry.request[setting]);
  const sorted = [...new Set<string | number>([request[setting], ...values])];
  return { setting, values: typeof request[setting] === "number" ? sorted.sort((a, b) => +a - +b) : sorted };
}
