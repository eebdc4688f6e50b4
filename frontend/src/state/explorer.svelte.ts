import type { Api } from "../api/api";
import { problemOf } from "../api/problem-error";
import { compare, type Comparison } from "../run/comparison";
import { stepView, type StepView } from "../run/step-view";
import type { Problem } from "../wire/problem";
import type { Gallery, GalleryEntry, ServerCard } from "../wire/server";
import type { ModelCard, TraceRequest } from "../wire/trace";
import { Drawing } from "./drawing.svelte";
import type { PageLink } from "./link";
import { Playback } from "./playback.svelte";
import { default_request, same } from "./request";
import { empty_prompt, wrongOf, type Wrong } from "./wrong";

/** What the page can do here: draw, or only replay stored runs. */
export type Mode = "opening" | "live" | "replay";

const settle_milliseconds = 350;
const model_poll_milliseconds = 2000;

/** The whole page's state: what is asked, what is shown, and one timeline for both runs of a comparison. */
export class Explorer {
  /** What the controls say; a run answers it only after Draw. */
  request = $state<TraceRequest>({ ...default_request });
  /** The second prompt while comparing, else null. */
  prompt_b = $state<string | null>(null);
  mode = $state<Mode>("opening");
  card = $state.raw<ServerCard | null>(null);
  gallery = $state.raw<Gallery>({ traces: [], pairs: [], examples: [] });
  /** What went wrong outside of a run. */
  problem = $state.raw<Problem | null>(null);

  readonly a: Drawing;
  readonly b: Drawing;
  readonly playback = new Playback(() => this.available);

  view = $derived.by<StepView | null>(() => (this.a.run ? stepView(this.a.run, this.playback.step) : null));
  view_b = $derived.by<StepView | null>(() => {
    const run = this.comparing ? this.b.run : null;
    return run ? stepView(run, this.playback.step) : null;
  });
  comparison = $derived.by<Comparison | null>(() => {
    const [a, b] = [this.a.run, this.comparing ? this.b.run : null];
    return a?.steps.length && b?.steps.length ? compare(a, b) : null;
  });

  private forgiven = $state.raw<Problem | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly api: Api) {
    this.a = new Drawing(api);
    this.b = new Drawing(api);
  }

  get comparing(): boolean {
    return this.prompt_b !== null;
  }

  get model(): ModelCard | null {
    return this.a.run?.model ?? this.card?.model ?? null;
  }

  /** Steps that every run on the page has. */
  get available(): number {
    const a = this.a.run?.steps.length ?? 0;
    return this.comparing && this.b.run ? Math.min(a, this.b.run.steps.length) : a;
  }

  /** Steps of the run when it is whole. */
  get rows(): number {
    return this.a.run?.rows ?? this.request.steps;
  }

  get busy(): boolean {
    return this.a.busy || (this.comparing && this.b.busy);
  }

  /** True when the controls ask for something else than what is shown. */
  get outdated(): boolean {
    return !same(this.a.asked, this.request) || (this.comparing && !same(this.b.asked, this.request_b));
  }

  /** What a link to this view restores: what was asked last, not what is being typed. */
  get link(): PageLink {
    return {
      request: $state.snapshot(this.a.asked ?? this.request),
      step: this.playback.following ? null : this.playback.step,
      picture: this.playback.picture,
      compared_with: this.comparing ? (this.b.asked?.prompt ?? this.prompt_b) : null,
    };
  }

  /** The problem to show beside its field: of the runs, else of the page. */
  get wrong(): Wrong | null {
    const phases = this.comparing ? [this.a.phase, this.b.phase] : [this.a.phase];
    const failed = phases.find((phase) => phase.name === "failed");
    const problem = failed?.problem ?? this.problem;
    return problem && problem !== this.forgiven ? wrongOf(problem) : null;
  }

  get wrong_field(): string | null {
    return this.wrong?.field ?? null;
  }

  /** Where the note stands: beside the control that caused it, or under the prompt. */
  get wrong_place(): "prompt" | "settings" {
    return this.wrong_field === "steps" || this.wrong_field === "scheduler" ? "settings" : "prompt";
  }

  get request_b(): TraceRequest {
    return { ...this.request, prompt: this.prompt_b ?? "" };
  }

  /** Finds out what is here and shows the link's run, else the first of the gallery, else draws one. */
  async open(link: PageLink): Promise<void> {
    const [card, gallery] = await Promise.allSettled([this.api.server(), this.api.gallery()]);
    if (gallery.status === "fulfilled") this.gallery = gallery.value;
    if (card.status === "fulfilled") this.card = card.value;
    const status = this.card ? (this.card.status ?? "ready") : "replay";
    this.mode = status === "ready" || status === "loading" ? "live" : "replay";
    if (status === "loading") void this.awaitModel();
    Object.assign(this.request, this.card?.defaults);
    if (this.mode === "replay" && this.gallery.traces.length === 0) {
      const reason = card.status === "rejected" ? card.reason : new Error(this.card?.detail ?? "");
      this.problem = problemOf(reason);
      return;
    }
    await this.restore(link);
  }

  /** Shows another link's run: the address was edited, or a link followed. */
  async follow(link: PageLink): Promise<void> {
    this.closeComparison();
    await this.restore(link);
  }

  /** Asks for the model's card until the model is loaded. */
  private async awaitModel(): Promise<void> {
    while (this.card?.status === "loading") {
      await new Promise((resolve) => setTimeout(resolve, model_poll_milliseconds));
      this.card = await this.api.server().catch(() => this.card);
    }
    if (this.card?.status !== "ready") this.mode = "replay";
  }

  private async restore(link: PageLink): Promise<void> {
    const first = this.gallery.traces[0]?.request;
    Object.assign(
      this.request,
      link.request.prompt ? link.request : (first ?? { prompt: default_request.prompt }),
    );
    this.prompt_b = link.compared_with;
    if (link.picture) this.playback.picture = link.picture;
    await this.draw();
    if (link.step !== null) this.playback.await(link.step);
    else if (!this.busy) this.playback.go(Math.floor(this.playback.last * 0.4));
  }

  /**
   * Draws what the controls say, both prompts while comparing; a stored run is opened instead, and the run that
   * is already here plays again.
   */
  async draw(): Promise<void> {
    clearTimeout(this.timer);
    if (!this.request.prompt.trim()) return this.a.reject(empty_prompt);
    if (!this.outdated && this.a.phase.name === "drawn") return this.playback.replay();
    this.playback.pause();
    this.playback.following = true;
    const runs = [this.show(this.a, { ...this.request })];
    if (this.comparing) runs.push(this.show(this.b, this.request_b));
    await Promise.all(runs);
  }

  /** Changes a setting and draws again once it rests. */
  change(settings: Partial<TraceRequest>, wait = settle_milliseconds): void {
    Object.assign(this.request, settings);
    clearTimeout(this.timer);
    if (this.request.prompt.trim()) this.timer = setTimeout(() => void this.draw(), wait);
  }

  /** Takes the value that the note offers and draws. */
  use(value: unknown): void {
    if (this.wrong_field) this.change({ [this.wrong_field]: value }, 0);
  }

  /** Puts the note away. */
  forgive(): void {
    const phases = [this.a.phase, this.b.phase];
    const failed = phases.find((phase) => phase.name === "failed");
    this.forgiven = failed?.problem ?? this.problem;
  }

  async cancel(): Promise<void> {
    await Promise.all([this.a.cancel(), this.b.cancel()]);
  }

  /** Opens a run of the gallery with all its settings. */
  async openEntry(entry: GalleryEntry): Promise<void> {
    Object.assign(this.request, entry.request);
    await this.draw();
  }

  /** Puts a second prompt beside the first, same seed and settings. */
  async compareWith(prompt: string): Promise<void> {
    const seen = this.playback.step;
    this.prompt_b = prompt;
    this.playback.pause();
    const runs = [this.show(this.b, this.request_b)];
    if (!same(this.a.asked, this.request)) runs.push(this.show(this.a, { ...this.request }));
    await Promise.all(runs);
    if (!this.busy) this.playback.go(seen);
  }

  /** Opens a stored pair: two prompts that differ by a keyword. */
  async comparePair(a: GalleryEntry, b: GalleryEntry): Promise<void> {
    Object.assign(this.request, a.request);
    await this.compareWith(b.request.prompt);
  }

  swap(): void {
    if (this.prompt_b === null) return;
    const prompt_b = this.prompt_b;
    this.prompt_b = this.request.prompt;
    this.request.prompt = prompt_b;
    [this.a.run, this.b.run] = [this.b.run, this.a.run];
    [this.a.asked, this.b.asked] = [this.b.asked, this.a.asked];
    [this.a.phase, this.b.phase] = [this.b.phase, this.a.phase];
  }

  closeComparison(): void {
    this.b.leave();
    this.prompt_b = null;
    this.b.run = null;
    this.b.asked = null;
    this.b.phase = { name: "idle" };
  }

  /** The stored run that answers a request, if the gallery has one. */
  stored(request: TraceRequest): GalleryEntry | null {
    return this.gallery.traces.find((entry) => same(entry.request, request)) ?? null;
  }

  private async show(drawing: Drawing, request: TraceRequest): Promise<void> {
    if (same(drawing.asked, request) && drawing.phase.name === "drawn") return;
    const entry = this.stored(request);
    if (entry) await drawing.open(entry.id, request);
    else if (this.mode === "live") await drawing.draw(request);
    else drawing.refuse(request);
  }
}
