import type { Api } from "../api/api";
import { ProblemError, problemOf } from "../api/problem-error";
import { runAfter } from "../run/growth";
import { isBusy, phaseAfter, type Phase } from "../run/phase";
import { isWhole, type Run } from "../run/run";
import type { JobEvent } from "../wire/events";
import type { Problem } from "../wire/problem";
import type { Accepted } from "../wire/server";
import type { TraceRequest } from "../wire/trace";

/** One prompt's run: asked for, drawn step by step or read from a bundle. The last run stays until the next begins. */
export class Job {
  run = $state.raw<Run | null>(null);
  phase = $state.raw<Phase>({ name: "idle" });
  /** The request last asked for, which `run` answers once the phase is drawn. */
  asked = $state.raw<TraceRequest | null>(null);

  /** Noise levels of a run under way, where an earlier run with the same schedule tells them. */
  expected = $state.raw<number[]>([]);

  private stream: { id: string; close: () => void } | null = null;
  /** Counts what was asked, so that a late answer to an earlier question is dropped. */
  private turn = 0;
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
    const turn = this.begin(request, { name: "asking" });
    try {
      const accepted = await (asked ?? this.api.post($state.snapshot(request)));
      if (turn !== this.turn) {
        if (accepted.status !== "done") await this.api.cancel(accepted.id);
        return;
      }
      if (accepted.status === "done") await this.read(accepted.id, turn);
      else this.follow(accepted.id, accepted.position ?? 0, turn);
    } catch (error) {
      this.fail(error, turn);
    }
  }

  /** Reads a stored run. */
  async open(id: string, request: TraceRequest): Promise<void> {
    const turn = this.begin(request, { name: "loading" });
    try {
      await this.read(id, turn);
    } catch (error) {
      this.fail(error, turn);
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

  /** Ends the job under way; its steps stay. A question without an answer yet is taken back. */
  async cancel(): Promise<void> {
    if (this.phase.name === "asking") {
      this.leave();
      return this.settle({ name: "stopped", step: 0 });
    }
    const stream = this.stream;
    if (!stream || this.phase.name === "stopping") return;
    const was_waiting = this.phase.name === "waiting";
    this.phase = { name: "stopping" };
    await this.api.cancel(stream.id);
    if (stream === this.stream && was_waiting) {
      stream.close();
      this.settle({ name: "stopped", step: 0 });
    }
  }

  /** Lets go of the server's job without a word on the page, to begin another or to close. */
  leave(): void {
    const stream = this.stream;
    this.turn += 1;
    this.stream = null;
    if (!stream) return;
    stream.close();
    void this.api.cancel(stream.id).catch(() => {});
  }

  /** Forgets its run and whatever is under way. */
  clear(): void {
    this.leave();
    this.run = null;
    this.asked = null;
    this.phase = { name: "idle" };
  }

  private begin(request: TraceRequest, phase: Phase): number {
    this.leave();
    this.asked = $state.snapshot(request);
    this.phase = phase;
    return this.turn;
  }

  private async read(id: string, turn: number): Promise<void> {
    const run = await this.api.bundle(id);
    if (turn !== this.turn) return;
    this.run = run;
    this.settle({ name: "drawn", seconds: run.seconds });
  }

  private follow(id: string, position: number, turn: number): void {
    this.phase = { name: "waiting", position };
    this.started = performance.now();
    const close = this.api.events(id, {
      event: (event) => {
        if (turn === this.turn) this.take(event, turn);
      },
      lost: () => this.fail(new ProblemError(lost_connection), turn),
    });
    this.stream = { id, close };
  }

  /** A run that was already stored tells nothing but `done`: then its bundle is read. */
  private take(event: JobEvent, turn: number): void {
    if (event.name === "done" && !this.knows(event.body.id)) {
      this.read(event.body.id, turn).catch((error) => this.fail(error, turn));
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

  private fail(error: unknown, turn: number): void {
    if (turn === this.turn) this.settle({ name: "failed", problem: problemOf(error) });
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
