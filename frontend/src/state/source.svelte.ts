import type { Job } from "../jobs/job.svelte";
import type { Axis, GridSetting } from "../run/experiment";
import { same } from "../run/request";
import { storedAxis, suggestedAxis } from "../run/suggestion";
import type { Gallery, GalleryEntry, ServerCard } from "../wire/server";
import type { TraceRequest } from "../wire/trace";

/** What the page can do here: draw, or only replay stored runs. */
export type Mode = "opening" | "live" | "replay";

/** Where runs come from: a server that draws them, or the stored ones alone. */
export class Source {
  mode = $state<Mode>("opening");
  card = $state.raw<ServerCard | null>(null);
  /** What is stored, whoever drew it. */
  index = $state.raw<Gallery>({ traces: [], pairs: [], examples: [] });
  /** What stands for a run that is asked for here: where a model draws, its own runs alone. */
  gallery = $derived.by<Gallery>(() => {
    return { ...this.index, traces: this.index.traces.filter((entry) => this.native(entry.fingerprint)) };
  });

  /** True for the model that draws here, and for any where none does. */
  native(fingerprint: string): boolean {
    const drawing = this.mode === "live" ? this.card?.model?.fingerprint : undefined;
    return drawing === undefined || fingerprint === drawing;
  }

  /** The stored run that answers a request, if the gallery has one. */
  stored(request: TraceRequest): GalleryEntry | null {
    return this.gallery.traces.find((entry) => same(entry.request, request)) ?? null;
  }

  /** The values of a setting for which a run is stored that is otherwise the one asked for. */
  storedValues<Name extends "seed" | "guidance_scale" | "steps" | "scheduler">(
    setting: Name,
    request: TraceRequest,
  ): TraceRequest[Name][] {
    const { values } = storedAxis(setting, $state.snapshot(request), this.gallery.traces, []);
    return values as TraceRequest[Name][];
  }

  /** Values for one side of a grid: worth drawing, or where nothing can be drawn, those that are stored. */
  suggested(setting: GridSetting, other: GridSetting, request: TraceRequest): Axis {
    const asked = $state.snapshot(request);
    if (this.mode === "live") return suggestedAxis(setting, asked);
    return storedAxis(setting, asked, this.gallery.traces, [other]);
  }

  /** Opens the stored run that answers, else draws it where that can be done. */
  async show(job: Job, request: TraceRequest): Promise<void> {
    const entry = this.stored(request);
    if (entry) await job.open(entry.id, request);
    else if (this.mode === "live") await job.draw(request);
    else job.refuse(request);
  }

  /** A scheduler's name as people write it. */
  schedulerTitle(name: string): string {
    return this.card?.schedulers.find((one) => one.name === name)?.title ?? name;
  }
}
