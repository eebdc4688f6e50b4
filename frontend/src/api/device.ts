import { proxy, wrap, type Remote } from "comlink";
import { contentId } from "../engine/content-id";
import type { DrawingStart } from "../engine/drawing.worker";
import type { Engine } from "../engine/engine";
import { ModelFiles, type ModelListing, type Progress } from "../engine/model-files";
import type { PaintingStart } from "../engine/painting.worker";
import type { JobEvent } from "../wire/events";
import type { Accepted } from "../wire/server";
import type { TraceRequest } from "../wire/trace";
import type { JobListener } from "./events";

/** A run that is drawn here, or waits for it. */
interface DeviceJob {
  request: TraceRequest;
  told: JobEvent[];
  listeners: Set<JobListener>;
}

/** Draws on this device, one run after another, and reports as a server does. */
export class Device {
  private readonly files: ModelFiles;
  private readonly jobs = new Map<string, DeviceJob>();
  private engine: Remote<Engine> | null = null;
  private waiting: string[] = [];
  private drawn: string | null = null;

  /** `base`: the address of the site. */
  constructor(
    private readonly base: string,
    private readonly listing: ModelListing,
  ) {
    this.files = new ModelFiles(base, listing);
  }

  /** How much of the model is on this device. */
  async progress(): Promise<Progress> {
    return { bytes: await this.files.kept(), all: this.files.all };
  }

  /** Fetches what is missing of the model. */
  async download(onprogress: (progress: Progress) => void, unwanted: AbortSignal): Promise<void> {
    await this.files.download(onprogress, unwanted);
    void navigator.storage.persist?.();
  }

  async post(request: TraceRequest): Promise<Accepted> {
    const id = await contentId(request, this.listing.card.fingerprint);
    if (!this.jobs.has(id)) {
      this.jobs.set(id, { request, told: [], listeners: new Set() });
      this.waiting.push(id);
      void this.next();
    }
    return { id, status: "queued", position: this.waiting.indexOf(id) + (this.drawn === id ? 0 : 1) };
  }

  /** True for a run that is drawn here, or waits for it. */
  has(id: string): boolean {
    return this.jobs.has(id);
  }

  /** Tells what the run has reported, and what it reports from now on; call the answer to stop. */
  events(id: string, listener: JobListener): () => void {
    const { told, listeners } = this.jobs.get(id)!;
    listeners.add(listener);
    queueMicrotask(() => told.forEach((event) => listener.event(event)));
    return () => listeners.delete(listener);
  }

  /** Ends a run that nobody listens to any more. */
  cancel(id: string): void {
    const job = this.jobs.get(id);
    if (!job || job.listeners.size > 0) return;
    this.waiting = this.waiting.filter((other) => other !== id);
    if (this.drawn === id) void this.engine?.cancel();
    else this.jobs.delete(id);
  }

  /** Draws what waits, unless something is drawn. */
  private async next(): Promise<void> {
    if (this.drawn !== null) return;
    for (let id = this.waiting.shift(); id !== undefined; id = this.waiting.shift()) {
      this.drawn = id;
      const { request, told, listeners } = this.jobs.get(id)!;
      const report = (event: JobEvent) => {
        told.push(event);
        for (const listener of listeners) listener.event(event);
      };
      try {
        this.engine ??= startEngine(this.base, this.listing);
        await this.engine.draw(request, proxy(report));
      } catch (error) {
        this.engine = null;
        report({
          name: "failed",
          body: { title: "This device cannot draw", status: 0, detail: String(error) },
        });
      }
      this.jobs.delete(id);
      this.drawn = null;
    }
  }
}

/** Two workers: one draws, the other looks at what is drawn. */
function startEngine(base: string, listing: ModelListing): Remote<Engine> {
  const painting = new Worker(new URL("../engine/painting.worker.ts", import.meta.url), { type: "module" });
  const drawing = new Worker(new URL("../engine/drawing.worker.ts", import.meta.url), { type: "module" });
  const [between, here] = [new MessageChannel(), new MessageChannel()];
  const looks: PaintingStart = { base, listing, port: between.port1 };
  painting.postMessage(looks, [looks.port]);
  const draws: DrawingStart = { base, listing, port: here.port1, painter: between.port2 };
  drawing.postMessage(draws, [draws.port, draws.painter]);
  return wrap<Engine>(here.port2);
}
