import type { Api } from "../api/api";
import { compare, latentDistance, type Comparison } from "../run/comparison";
import { marks, type Mark } from "../run/mark";
import { guidanceAt } from "../run/pull";
import type { Run } from "../run/run";
import type { Cell } from "../tensor/tensor";
import { recombine, type Recombination } from "../run/recombination";
import { stepView, type StepView } from "../run/step-view";
import type { Problem } from "../wire/problem";
import type { Accepted, Gallery, GalleryEntry, ServerCard } from "../wire/server";
import type { ModelCard, TraceRequest } from "../wire/trace";
import { Bench } from "./bench.svelte";
import { Drawing } from "../jobs/drawing.svelte";
import type { Axis, Experiment, GridSetting } from "./experiment";
import type { Beside, PageLink } from "./link";
import { PictureDifference } from "./picture-difference.svelte";
import { Playback } from "./playback.svelte";
import { Room } from "./room.svelte";
import { changed, default_request, same, type Change } from "./request";
import { storedAxis, suggestedAxis } from "./suggestion";
import { Together } from "../jobs/together.svelte";
import { TrajectoryPlane } from "./trajectory-plane.svelte";
import { empty_prompt, wrongOf, type Wrong } from "./wrong";

/** What the page can do here: draw, or only replay stored runs. */
export type Mode = "opening" | "live" | "replay";

/** Runs that may stand beside the first. */
export const most_others = marks.length - 1;

const settle_milliseconds = 350;

/** One of the runs on the page, with its letter. */
export interface Side {
  mark: Mark;
  drawing: Drawing;
  run: Run | null;
  view: StepView | null;
}

/** The whole page's state: what is asked, what is shown, and one timeline for all runs of a comparison. */
export class Explorer {
  /** What the controls say; a run answers it only after Draw. */
  request = $state<TraceRequest>({ ...default_request });
  /** What the further runs of a comparison ask otherwise, B to D; none while one run is shown. */
  others = $state<Change[]>([]);
  /** Many runs in place of the one: each word left out, a grid. */
  experiment = $state.raw<Experiment | null>(null);
  /** What stands beside the steps of a comparison: the pictures, or the trajectories laid out in one way. */
  beside = $state<Beside>("pca");
  mode = $state<Mode>("opening");
  card = $state.raw<ServerCard | null>(null);
  /** What is stored, whoever drew it. */
  index = $state.raw<Gallery>({ traces: [], pairs: [], examples: [] });
  /** What stands for a run that is asked for here: where a model draws, its own runs alone. */
  gallery = $derived.by<Gallery>(() => {
    return { ...this.index, traces: this.index.traces.filter((entry) => this.native(entry.fingerprint)) };
  });
  /** What went wrong outside of a run. */
  problem = $state.raw<Problem | null>(null);

  /** A to D. */
  drawings = $state.raw<Drawing[]>([]);
  readonly together: Together;
  readonly plane: TrajectoryPlane;
  /** How the pictures of A and B differ. */
  readonly picture_difference = new PictureDifference();
  readonly playback = new Playback(() => this.available);
  readonly room = new Room();
  /** What rooms look up or draw beside each of the runs. */
  readonly benches: Bench[];
  /** That of A, which is the only run but for comparisons. */
  readonly bench: Bench;

  view = $derived.by<StepView | null>(() => (this.a.run ? stepView(this.a.run, this.playback.step) : null));
  sides = $derived.by<Side[]>(() =>
    this.drawings.slice(0, this.others.length + 1).map((drawing, i) => {
      const { run } = drawing;
      return { mark: marks[i]!, drawing, run, view: run ? stepView(run, this.playback.step) : null };
    }),
  );
  view_b = $derived(this.sides[1]?.view ?? null);
  /** Guidance at which this step alone is made again, null where it is shown as drawn. */
  tried_guidance = $state.raw<number | null>(null);
  recombined = $derived.by<Recombination | null>(() => {
    const { view } = this;
    if (!view || !this.a.run) return null;
    const drawn = guidanceAt(this.a.run.request, view.step);
    return recombine(view, drawn, this.tried_guidance ?? drawn);
  });
  /** The cell whose number is followed through every tile. */
  followed = $state.raw<Cell>({ channel: 0, row: 7, column: 7 });
  comparison = $derived.by<Comparison | null>(() => {
    const [a, b] = [this.a.run, this.comparing ? this.b.run : null];
    return a?.steps.length && b?.steps.length ? compare(a, b) : null;
  });
  /** How far C and D are from A, before each step and after the last. */
  further = $derived.by<{ mark: Mark; distances: number[] }[]>(() => {
    const a = this.a.run;
    return this.sides.slice(2).flatMap(({ mark, run }) => {
      return a?.steps.length && run?.steps.length ? [{ mark, distances: latentDistance(a, run) }] : [];
    });
  });

  private forgiven = $state.raw<Problem | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly api: Api) {
    this.drawings = marks.map(() => new Drawing(api));
    this.together = new Together(api);
    this.plane = new TrajectoryPlane(api);
    this.benches = marks.map(
      () =>
        new Bench(
          api,
          (request) => this.stored(request),
          () => this.mode === "live",
        ),
    );
    this.bench = this.benches[0]!;
  }

  get a(): Drawing {
    return this.drawings[0]!;
  }

  get b(): Drawing {
    return this.drawings[1]!;
  }

  get comparing(): boolean {
    return this.others.length > 0;
  }

  /** What every run on the page is asked for. */
  get requests(): TraceRequest[] {
    return [{ ...this.request }, ...this.others.map((change) => changed(this.request, change))];
  }

  get model(): ModelCard | null {
    return this.a.run?.model ?? this.card?.model ?? null;
  }

  /** A scheduler's name as people write it. */
  schedulerTitle(name: string): string {
    return this.card?.schedulers.find((one) => one.name === name)?.title ?? name;
  }

  /** Steps that every run on the page has. */
  get available(): number {
    const a = this.a.run?.steps.length ?? 0;
    return Math.min(a, ...this.sides.flatMap(({ run }) => (run ? [run.steps.length] : [])));
  }

  /** Steps of the run when it is whole. */
  get rows(): number {
    return this.a.run?.rows ?? this.request.steps;
  }

  get busy(): boolean {
    return this.sides.some(({ drawing }) => drawing.busy);
  }

  /** True when the controls ask for something else than what is shown. */
  get outdated(): boolean {
    return this.requests.some((request, i) => !this.answers(this.drawings[i]!, request));
  }

  /** What a link to this view restores: what was asked last, not what is being typed. */
  get link(): PageLink {
    return {
      request: $state.snapshot(this.a.asked ?? this.request),
      step: this.experiment ? null : this.playback.linked,
      picture: this.playback.picture,
      others: this.others.map((change, i) => ({
        ...$state.snapshot(change),
        prompt: this.drawings[i + 1]!.asked?.prompt ?? change.prompt,
      })),
      experiment: this.experiment,
      beside: this.comparing ? this.beside : null,
      room: this.room.opened,
    };
  }

  /** The problem to show beside its field: of the runs, else of the page. */
  get wrong(): Wrong | null {
    const problem = this.failure;
    return problem && problem !== this.forgiven ? wrongOf(problem) : null;
  }

  private get failure(): Problem | null {
    const phases = this.sides.map(({ drawing }) => drawing.phase);
    return phases.find((phase) => phase.name === "failed")?.problem ?? this.problem;
  }

  get wrong_field(): string | null {
    return this.wrong?.field ?? null;
  }

  /** Where the note stands: beside the control that caused it, or under the prompt. */
  get wrong_place(): "prompt" | "settings" {
    return this.wrong_field === "steps" || this.wrong_field === "scheduler" ? "settings" : "prompt";
  }

  /**
   * Draws what the controls say, both prompts while comparing; a stored run is opened instead, and the run that
   * is already here plays again.
   */
  async draw(): Promise<void> {
    clearTimeout(this.timer);
    const blank = this.requests.findIndex(({ prompt }) => !prompt.trim());
    if (blank >= 0) return this.drawings[blank]!.reject(empty_prompt);
    const shown = !this.outdated && this.a.phase.name === "drawn";
    if (shown && !this.experiment) return this.playback.replay();
    this.playback.follow();
    this.tried_guidance = null;
    await Promise.all([this.showAll(), this.drawExperiment()]);
  }

  /** Changes a setting and draws again once it rests. */
  change(settings: Partial<TraceRequest>, wait = settle_milliseconds): void {
    Object.assign(this.request, settings);
    clearTimeout(this.timer);
    if (this.request.prompt.trim()) this.timer = setTimeout(() => void this.redraw(), wait);
  }

  /** A run that is stored is there at once, at the step that is seen. */
  private async redraw(): Promise<void> {
    const seen = this.playback.step;
    const stored = this.outdated && this.requests.every((request) => this.stored(request));
    await this.draw();
    if (stored && !this.busy) this.playback.go(seen);
  }

  /** Takes the value that the note offers and draws. */
  use(value: unknown): void {
    if (this.wrong_field) this.change({ [this.wrong_field]: value }, 0);
  }

  /** Puts the note away. */
  forgive(): void {
    this.forgiven = this.failure;
  }

  async cancel(): Promise<void> {
    await Promise.all([...this.drawings.map((drawing) => drawing.cancel()), this.together.cancel()]);
  }

  /** Opens a run of the gallery with all its settings. */
  async openEntry(entry: GalleryEntry): Promise<void> {
    this.take(entry.request);
    await this.draw();
  }

  /** Puts a run with another prompt, or from a step on with other guidance, beside the first. */
  async compareWith(...others: [Change, ...Change[]]): Promise<void> {
    const seen = this.playback.step;
    this.others = others;
    this.playback.pause();
    await this.showAll();
    if (!this.busy) this.playback.go(seen);
  }

  /** Opens a stored pair: two prompts that differ by a keyword. */
  async comparePair(a: GalleryEntry, b: GalleryEntry): Promise<void> {
    this.take(a.request);
    await this.compareWith({ prompt: b.request.prompt });
  }

  /** True when A and B differ by their prompts alone, so that each can stand in the other's place. */
  get swappable(): boolean {
    return this.others[0] !== undefined && Object.keys(this.others[0]).length === 1;
  }

  swap(): void {
    const b = this.others[0];
    if (!b || !this.swappable) return;
    [this.request.prompt, b.prompt] = [b.prompt, this.request.prompt];
    this.drawings = [this.b, this.a, ...this.drawings.slice(2)];
  }

  /** Takes one of B to D out of the comparison; those behind it move up. */
  leaveOut(index: number): void {
    const left = this.drawings[index]!;
    left.clear();
    this.drawings = [...this.drawings.filter((drawing) => drawing !== left), left];
    this.others.splice(index - 1, 1);
  }

  closeComparison(): void {
    for (const drawing of this.drawings.slice(1)) drawing.clear();
    this.others = [];
  }

  /** Shows one of the compared runs alone. */
  async openAlone(request: TraceRequest): Promise<void> {
    const seen = this.playback.step;
    const chosen = this.drawings.find((drawing) => same(drawing.asked, request)) ?? this.a;
    this.drawings = [chosen, ...this.drawings.filter((drawing) => drawing !== chosen)];
    this.closeComparison();
    this.closeExperiment();
    this.take(request);
    await this.showAll();
    if (!this.busy) this.playback.go(seen);
  }

  /** Draws many runs in place of the one. */
  async try(experiment: Experiment): Promise<void> {
    this.closeComparison();
    this.playback.pause();
    this.experiment = experiment;
    await this.drawExperiment();
  }

  /** Values for one side of a grid: worth drawing, or where nothing can be drawn, those that are stored. */
  suggested(setting: GridSetting, other: GridSetting): Axis {
    const request = $state.snapshot(this.request);
    if (this.mode === "live") return suggestedAxis(setting, request);
    return storedAxis(setting, request, this.gallery.traces, [other]);
  }

  closeExperiment(): void {
    this.together.leave();
    this.experiment = null;
  }

  /** The stored run that answers a request, if the gallery has one. */
  stored(request: TraceRequest): GalleryEntry | null {
    return this.gallery.traces.find((entry) => same(entry.request, request)) ?? null;
  }

  /** Where nothing can be drawn: the values of a setting for which a run is stored that is otherwise the one asked for. */
  storedValues<Name extends "seed" | "guidance_scale" | "steps" | "scheduler">(
    setting: Name,
  ): TraceRequest[Name][] {
    const { values } = storedAxis(setting, $state.snapshot(this.request), this.gallery.traces, []);
    return values as TraceRequest[Name][];
  }

  /** A run apart from those on the page, e.g. the answer to a question: read where it is stored, else drawn. */
  apart(request: TraceRequest): Drawing {
    const drawing = new Drawing(this.api);
    const entry = this.stored(request);
    if (entry) void drawing.open(entry.id, request);
    else if (this.mode === "live") void drawing.draw(request);
    else drawing.refuse(request);
    return drawing;
  }

  /** Puts a request on the controls. */
  take(request: Partial<TraceRequest>): void {
    Object.assign(this.request, { negative_prompt: "", branched_from: [] }, $state.snapshot(request));
  }

  /** True for the model that draws here, and for any where none does. */
  private native(fingerprint: string): boolean {
    const drawing = this.mode === "live" ? this.card?.model?.fingerprint : undefined;
    return drawing === undefined || fingerprint === drawing;
  }

  /** True for what was asked last, unless a run of another model stands there. */
  private answers(drawing: Drawing, request: TraceRequest): boolean {
    return same(drawing.asked, request) && (!drawing.run || this.native(drawing.run.model.fingerprint));
  }

  private async drawExperiment(): Promise<void> {
    if (!this.experiment) return;
    const request = $state.snapshot(this.request);
    await this.together.draw(this.experiment, request, this.mode === "live" ? null : this.gallery.traces);
  }

  /** Shows what is asked: stored runs are opened, the others drawn in one batch. */
  private async showAll(): Promise<void> {
    const wanted = this.requests
      .map((request, i) => ({ request, drawing: this.drawings[i]! }))
      .filter(({ request, drawing }) => !(this.answers(drawing, request) && drawing.phase.name === "drawn"));
    const stored = wanted.map((each) => ({ ...each, entry: this.stored(each.request) }));
    const missing = stored.filter(({ entry }) => !entry);
    const asked =
      this.mode === "live" && missing.length > 1
        ? this.api.postGroup("comparisons", { requests: missing.map(({ request }) => request) })
        : null;
    await Promise.all(
      stored.map(({ request, drawing, entry }) => {
        if (entry) return drawing.open(entry.id, request);
        if (this.mode !== "live") return drawing.refuse(request);
        const place = missing.findIndex((each) => each.drawing === drawing);
        return drawing.draw(
          request,
          asked?.then(({ members }) => members[place] as Accepted),
        );
      }),
    );
  }
}
