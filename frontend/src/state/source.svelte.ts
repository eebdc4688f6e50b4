import type { Api } from "../api/api";
import { Job } from "../jobs/job.svelte";
import type { Axis, GridSetting } from "../run/experiment";
import { same } from "../run/request";
import { storedAxis, suggestedAxis } from "../run/suggestion";
import type { Accepted, Gallery, GalleryEntry, ServerCard } from "../wire/server";
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

  /** Two stored runs each that differ by a keyword. */
  pairs = $derived.by<{ title: string; a: GalleryEntry; b: GalleryEntry }[]>(() => {
    const { traces, pairs } = this.gallery;
    return pairs.flatMap(({ title, ...ids }) => {
      const [a, b] = [ids.a, ids.b].map((id) => traces.find((entry) => entry.id === id));
      return a && b ? [{ title, a, b }] : [];
    });
  });

  constructor(private readonly api: Api) {}

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

  /** Opens and draws as many at once; those that are drawn share one batch. */
  async showAll(wanted: { job: Job; request: TraceRequest }[]): Promise<void> {
    const missing = wanted.filter(({ request }) => !this.stored(request));
    if (this.mode !== "live" || missing.length < 2) {
      await Promise.all(wanted.map(({ job, request }) => this.show(job, request)));
      return;
    }
    const group = this.api.postGroup("comparisons", { requests: missing.map(({ request }) => request) });
    const drawn = missing.map(({ job, request }, i) =>
      job.draw(
        request,
        group.then(({ members, share }) => ({ ...(members[i] as Accepted), share })),
      ),
    );
    const stored = wanted.filter((each) => !missing.includes(each));
    await Promise.all([...drawn, ...stored.map(({ job, request }) => this.show(job, request))]);
  }

  /** A run apart from those on the page, e.g. the answer to a question. */
  apart(request: TraceRequest): Job {
    const job = new Job(this.api);
    void this.show(job, request);
    return job;
  }

  /** A scheduler's name as people write it. */
  schedulerTitle(name: string): string {
    return this.card?.schedulers.find((one) => one.name === name)?.title ?? name;
  }
}
