import type { Api } from "../api/api";
import { Group } from "../jobs/group.svelte";
import type { Job } from "../jobs/job.svelte";
import type { Experiment } from "../run/experiment";
import { marks } from "../run/mark";
import { changed, default_request, same, type Change } from "../run/request";
import type { Cell } from "../tensor/tensor";
import type { Problem } from "../wire/problem";
import type { GalleryEntry } from "../wire/server";
import type { ModelCard, TraceRequest } from "../wire/trace";
import { Compared } from "./compared.svelte";
import type { Beside, PageLink } from "./link";
import { empty_prompt, Notice } from "./notice.svelte";
import { Playback } from "./playback.svelte";
import { Room, type RoomPlan } from "./room.svelte";
import { Side } from "./side.svelte";
import { Source } from "./source.svelte";

/** Runs that may stand beside the first. */
export const most_others = marks.length - 1;

const settle_milliseconds = 350;

/** The whole page: what is asked, the runs that answer, and one timeline for all of them. */
export class Page {
  /** What the controls say; a run answers it only after Draw. */
  request = $state<TraceRequest>({ ...default_request });
  /** What the further runs of a comparison ask otherwise, B to D; none while one run is shown. */
  others = $state<Change[]>([]);
  /** Many runs in place of the one: each word left out, a grid. */
  experiment = $state.raw<Experiment | null>(null);
  /** What stands beside the steps of a comparison: the pictures, or the trajectories laid out in one way. */
  beside = $state<Beside>("pca");
  /** The cell whose number is followed through every tile. */
  followed = $state.raw<Cell>({ channel: 0, row: 7, column: 7 });

  /** A newer version of this site is there: it comes with a reload. */
  newer = $state(false);
  /** A file of this page could not be loaded: another version has replaced it, or its server is gone. */
  incomplete = $state(false);

  readonly source: Source;
  readonly playback = new Playback(() => this.available);
  readonly room: Room;
  /** The runs of the experiment. */
  readonly group: Group;
  /** The runs that are shown: A, and B to D while they are compared. */
  sides = $derived.by<Side[]>(() => this.places.slice(0, this.others.length + 1));
  readonly compared = new Compared(() => this.sides);
  readonly notice = new Notice(() => this.failure);

  private readonly places: Side[];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api, rooms: readonly RoomPlan[]) {
    this.source = new Source(api);
    this.places = marks.map((mark) => new Side(mark, api, () => this.playback.step));
    this.group = new Group(api);
    this.room = new Room(rooms);
  }

  get a(): Side {
    return this.places[0]!;
  }

  get b(): Side {
    return this.places[1]!;
  }

  get comparing(): boolean {
    return this.others.length > 0;
  }

  /** What every run on the page is asked for. */
  get requests(): TraceRequest[] {
    return [{ ...this.request }, ...this.others.map((change) => changed(this.request, change))];
  }

  get model(): ModelCard | null {
    return this.a.run?.model ?? this.source.card?.model ?? null;
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
    return this.sides.some(({ job }) => job.busy);
  }

  /** True when the controls ask for something else than what is shown. */
  get outdated(): boolean {
    return this.requests.some((request, i) => !this.answers(this.places[i]!, request));
  }

  /** What a link to this view restores: what was asked last, not what is being typed. */
  get link(): PageLink {
    return {
      request: $state.snapshot(this.a.job.asked ?? this.request),
      step: this.experiment ? null : this.playback.linked,
      picture: this.playback.picture,
      others: this.others.map((change, i) => ({
        ...$state.snapshot(change),
        prompt: this.places[i + 1]!.job.asked?.prompt ?? change.prompt,
      })),
      experiment: this.experiment,
      beside: this.comparing ? this.beside : null,
      room: this.room.opened,
    };
  }

  /**
   * Draws what the controls say, all prompts while comparing; a stored run is opened instead, and the run that
   * is already here plays again.
   */
  async draw(): Promise<void> {
    clearTimeout(this.timer);
    const blank = this.requests.findIndex(({ prompt }) => !prompt.trim());
    if (blank >= 0) return this.places[blank]!.job.reject(empty_prompt);
    const shown = !this.outdated && this.a.job.phase.name === "drawn";
    if (shown && !this.experiment) return this.playback.replay();
    this.playback.follow();
    for (const side of this.places) side.tried_guidance = null;
    await Promise.all([this.showAll(), this.drawExperiment()]);
  }

  /** Changes a setting and draws again once it rests. */
  change(settings: Partial<TraceRequest>, wait = settle_milliseconds): void {
    Object.assign(this.request, settings);
    clearTimeout(this.timer);
    if (this.request.prompt.trim()) this.timer = setTimeout(() => void this.redraw(), wait);
  }

  /** Draws one of the runs with other guidance; that of A holds for all that have none of their own. */
  guide(side: Side, guidance_scale: number): void {
    const change = this.changeOf(side);
    if (change) change.guidance_scale = guidance_scale;
    this.change(change ? {} : { guidance_scale }, 0);
  }

  /** A run that is stored is there at once, at the step that is seen. */
  private async redraw(): Promise<void> {
    const seen = this.playback.step;
    const stored = this.outdated && this.requests.every((request) => this.source.stored(request));
    await this.draw();
    if (stored && !this.busy) this.playback.restore(seen);
  }

  /** Takes the value that the note offers and draws. */
  use(value: unknown): void {
    if (this.notice.field) this.change({ [this.notice.field]: value }, 0);
  }

  cancel(): void {
    for (const { job } of this.places) job.cancel();
    this.group.cancel();
  }

  /** Opens a run of the gallery with all its settings; a run that is compared with A takes its prompt alone. */
  async openEntry(entry: GalleryEntry, side = this.a): Promise<void> {
    const change = this.changeOf(side);
    if (change) change.prompt = entry.request.prompt;
    else this.take(entry.request);
    await this.draw();
  }

  /** Puts a run with another prompt, or from a step on with other guidance, beside the first. */
  async compareWith(...others: [Change, ...Change[]]): Promise<void> {
    const seen = this.playback.step;
    this.others = others;
    this.playback.pause();
    await this.showAll();
    if (!this.busy) this.playback.restore(seen);
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
    [this.a.job, this.b.job] = [this.b.job, this.a.job];
  }

  /** Takes one of B to D out of the comparison; those behind it move up. */
  leaveOut(index: number): void {
    const left = this.places[index]!.job;
    left.clear();
    const jobs = this.places.map(({ job }) => job);
    this.arrange([...jobs.filter((job) => job !== left), left]);
    this.others.splice(index - 1, 1);
  }

  closeComparison(): void {
    for (const { job } of this.places.slice(1)) job.clear();
    this.others = [];
  }

  /** Shows one of the compared runs alone. */
  async openAlone(request: TraceRequest): Promise<void> {
    const seen = this.playback.step;
    const jobs = this.places.map(({ job }) => job);
    const chosen = jobs.find((job) => same(job.asked, request)) ?? this.a.job;
    this.arrange([chosen, ...jobs.filter((job) => job !== chosen)]);
    this.closeComparison();
    this.closeExperiment();
    this.take(request);
    await this.showAll();
    if (!this.busy) this.playback.restore(seen);
  }

  /** Draws many runs in place of the one. */
  async try(experiment: Experiment): Promise<void> {
    this.closeComparison();
    this.playback.pause();
    this.experiment = experiment;
    await this.drawExperiment();
  }

  closeExperiment(): void {
    this.group.leave();
    this.experiment = null;
  }

  /** Puts a request on the controls. */
  take(request: Partial<TraceRequest>): void {
    Object.assign(this.request, { negative_prompt: "", branched_from: [] }, $state.snapshot(request));
  }

  /** What a run that is compared with A asks otherwise. */
  private changeOf(side: Side): Change | undefined {
    return this.others[this.sides.indexOf(side) - 1];
  }

  private get failure(): Problem | null {
    const phases = this.sides.map(({ job }) => job.phase);
    return phases.find((phase) => phase.name === "failed")?.problem ?? null;
  }

  private arrange(jobs: Job[]): void {
    this.places.forEach((side, i) => (side.job = jobs[i]!));
  }

  /** True for what was asked last, unless a run of another model stands there. */
  private answers({ job, run }: Side, request: TraceRequest): boolean {
    return same(job.asked, request) && (!run || this.source.native(run.model.fingerprint));
  }

  private async drawExperiment(): Promise<void> {
    if (!this.experiment) return;
    const request = $state.snapshot(this.request);
    const { mode, gallery } = this.source;
    await this.group.draw(this.experiment, request, mode === "live" ? null : gallery.traces);
  }

  /** Shows what is asked and neither there nor under way. */
  private async showAll(): Promise<void> {
    const coming = ({ job }: Side) => job.busy || job.phase.name === "drawn";
    const wanted = this.requests
      .map((request, i) => ({ request, side: this.places[i]! }))
      .filter(({ request, side }) => !(this.answers(side, request) && coming(side)));
    await this.source.showAll(wanted.map(({ request, side: { job } }) => ({ request, job })));
  }
}
