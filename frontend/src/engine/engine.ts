import type { Remote } from "comlink";
import type { JobEvent } from "../wire/events";
import type { StepRow, TraceRequest } from "../wire/trace";
import { bundleFiles, type Reported } from "./bundle";
import { generate } from "./generate";
import { KeptRuns } from "./kept-runs";
import type { DrawingModel } from "./model";
import type { ModelFiles } from "./model-files";
import type { Painter } from "./painter";
import { scheduleOf } from "./schedule-file";

/** Draws runs one after another and keeps their bundles. Lives in a worker; another worker looks at what it draws. */
export class Engine {
  private readonly runs: KeptRuns;
  private unwanted = new AbortController();

  constructor(
    base: string,
    private readonly model: Promise<DrawingModel>,
    private readonly painter: Remote<Painter>,
    private readonly files: ModelFiles,
  ) {
    this.runs = new KeptRuns(base);
  }

  /** Draws a run and reports it, to its end in whatever way. */
  async draw(request: TraceRequest, onevent: (event: JobEvent) => void): Promise<void> {
    this.unwanted = new AbortController();
    const rows: StepRow[] = [];
    const told: Partial<Reported> = { rows, attention_layers: this.files.listing.attention_layers };
    const report = (event: JobEvent) => {
      if (event.name === "tokens") told.tokens = event.body;
      if (event.name === "step") rows.push(event.body.row);
      onevent(event);
    };
    await this.painter.begin();
    try {
      const device = { card: this.files.listing.card, model: await this.model, eyes: this.painter };
      const schedule = scheduleOf(
        await this.files.json(`schedules/${request.scheduler}.json`),
        request.steps,
      );
      const recorded = await generate(device, request, schedule, report, this.unwanted.signal);
      const { id } = told.tokens!;
      await this.runs.keep(id, bundleFiles(told as Reported, recorded, await this.painter.pack()));
      onevent({ name: "done", body: { id, seconds: recorded.seconds } });
    } catch (error) {
      onevent(
        this.unwanted.signal.aborted ? { name: "cancelled", body: { step: rows.length } } : failed(error),
      );
    }
  }

  /** Ends the run under way after its step. */
  cancel(): void {
    this.unwanted.abort();
  }
}

function failed(error: unknown): JobEvent {
  const detail = error instanceof Error ? error.message : String(error);
  return { name: "failed", body: { title: "This device could not draw it", status: 0, detail } };
}
