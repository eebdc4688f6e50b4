import type { Api } from "../api/api";
import { ProblemError, problemOf } from "../api/problem-error";
import { runAfter } from "../run/growth";
import { isBusy, phaseAfter, type Phase } from "../run/phase";
import { isWhole, type Run } from "../run/run";
import type { JobEvent } from "../wire/events";
import type { Problem } from "../wire/problem";
import type { Accepted, Share } from "../wire/server";
import type { TraceRequest } from "../wire/trace";

/** One prompt's run: asked for, drawn step by step or read from a bundle. The last run stays until the next begins. */
export class Job {
  run = $state.raw<Run | null>(null);
  phase = $state.raw<Phase>({ name: "idle" });
  /** The request last asked for, which `run` answers once the phase is drawn. */
  asked = $state.raw<TraceRequest | null>(null);

  /** Noise levels of a run under way, where an earlier run with the same schedule tells them. */
  expected = $state.raw<number[]>([]);

  private stream: { id: string; share: Share; close: () => void } | null = null;
  /** Aborted once something else is asked: a late answer to this question is dropped. */
  private question = new AbortController();
  private started = 0;

  constructor(private readonly api: Api) {}

  get busy(): boolean {
    return isBusy(this.phase);
  }

  /**
   * Asks the server for a run and follows it; a stored one is read at once. `asked`: the answer to a question that
   * was put for several runs together.
   */
  async draw(request: TraceRequest, asked?: Promise<Accepted>): Promise<void> {
    const unwanted = this.begin(request, { name: "asking" });
    try {
      const accepted = await (asked ?? this.api.post($state.snapshot(request), unwanted));
      if (unwanted.aborted) return this.decline(accepted);
      if (accepted.status === "done") await this.read(accepted.id, unwanted);
      else this.follow(accepted, unwanted);
    } catch (error) {
      this.fail(error, unwanted);
    }
  }

  /** Reads a stored run. */
  async open(id: string, request: TraceRequest): Promise<void> {
    const unwanted = this.begin(request, { name: "loading" });
    try {
      await this.read(id, unwanted);
    } catch (error) {
      this.fail(error, unwanted);
    }
  }

  /** Says that nothing here can draw this. */
  refuse(request: TraceRequest): void {
    this.begin(request, { name: "failed", problem: replay_only });
  }

  /** Says what is wrong with what was asked, before asking anybody. The run stays. */
  reject(problem: Problem): void {
    this.leave();
    this.phase = { name: "failed", problem };
  }

  /** Lets go of the run under way; its steps stay. */
  cancel(): void {
    if (!this.busy) return;
    const step = this.phase.name === "drawing" ? this.phase.step : 0;
    this.leave();
    this.phase = { name: "stopped", step };
  }

  /** Lets go of the server's job without a word on the page, to begin another or to close. */
  leave(): void {
    const stream = this.stream;
    this.question.abort();
    this.stream = null;
    if (!stream) return;
    stream.close();
    this.api.cancel(stream.id, stream.share);
  }

  /** Forgets its run and whatever is under way. */
  clear(): void {
    this.leave();
    this.run = null;
    this.asked = null;
    this.phase = { name: "idle" };
  }

  /** Answers the signal that is aborted once this is asked no more. */
  private begin(request: TraceRequest, phase: Phase): AbortSignal {
    this.leave();
    this.question = new AbortController();
    this.asked = $state.snapshot(request);
    this.phase = phase;
    return this.question.signal;
  }

  /** A late answer is let go by its own share: a newer question may have been given the same run. */
  private decline({ id, share }: Accepted): void {
    if (share) this.api.cancel(id, share);
  }

  private async read(id: string, unwanted: AbortSignal): Promise<void> {
    const run = await this.api.bundle(id);
    if (unwanted.aborted) return;
    this.run = run;
    this.settle({ name: "drawn", seconds: run.seconds });
  }

  private follow({ id, share, position }: Accepted, unwanted: AbortSignal): void {
    this.phase = { name: "waiting", position: position ?? 0 };
    this.started = performance.now();
    const close = this.api.events(id, share, {
      event: (event) => {
        if (!unwanted.aborted) this.take(event, unwanted);
      },
      missing: () => void (!unwanted.aborted && this.asked && this.draw(this.asked)),
      lost: () => this.fail(new ProblemError(lost_connection), unwanted),
    });
    this.stream = { id, share, close };
  }

  /** A run that was already stored tells nothing but `done`: then its bundle is read. */
  private take(event: JobEvent, unwanted: AbortSignal): void {
    if (event.name === "done" && !this.knows(event.body.id)) {
      this.read(event.body.id, unwanted).catch((error) => this.fail(error, unwanted));
      return;
    }
    if (event.name === "tokens") {
      this.expected = expectedLevels(this.run, event.body.request);
      this.started = performance.now();
    }
    this.phase = phaseAfter(this.phase, event, (performance.now() - this.started) / 1000);
    this.run = runAfter(this.run, event);
    if (!this.busy) this.stream = null;
  }

  /** True where every step of that run has come. */
  private knows(id: string): boolean {
    return this.run?.id === id && isWhole(this.run);
  }

  private settle(phase: Phase): void {
    this.stream = null;
    this.phase = phase;
  }

  private fail(error: unknown, unwanted: AbortSignal): void {
    if (!unwanted.aborted) this.settle({ name: "failed", problem: problemOf(error) });
  }
}

/** The noise levels that a request will go through, if this run went through them. */
function expectedLevels(run: Run | null, request: TraceRequest): number[] {
  const alike = run && run.request.steps === request.steps && run.request.scheduler === request.scheduler;
  return alike && isWhole(run) ? run.steps.map((row) => row.noise_level) : [];
}

const replay_only: Problem = {
  title: "Replay only",
  status: 503,
  detail: "This run is not in the gallery, and there is no server here to draw it.",
};

const lost_connection: Problem = {
  title: "Connection lost",
  status: 0,
  detail: "The connection to the server broke off. The steps that came stay.",
};
