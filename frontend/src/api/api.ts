import type { Run } from "../run/run";
import type { Attention } from "../run/attention";
import type {
  Accepted,
  Gallery,
  Group,
  GroupNoun,
  EmbeddedPictures,
  Plane,
  ProjectionMethod,
  ServerCard,
  Share,
} from "../wire/server";
import type { TraceFile, TraceRequest } from "../wire/trace";
import { upgraded, type StoredTraceFile } from "../wire/version-1";
import { loadAttention, loadBundle } from "./bundle";
import { EventStream, type GroupListener, type JobListener } from "./events";
import { ProblemError } from "./problem-error";

const kept_traces = 16;

/** Everything the page asks of its server, or of a folder of files with the same names. */
export class Api {
  private readonly traces = new Map<string, Promise<TraceFile>>();
  private readonly stream: EventStream;

  /** `answers`: what a site of plain files brings along with its page, by path. */
  constructor(
    private readonly answers: Record<string, unknown> = {},
    private readonly base = "api/",
  ) {
    this.stream = new EventStream(`${base}events`);
  }

  server(): Promise<ServerCard> {
    return this.json("model");
  }

  gallery(): Promise<Gallery> {
    return this.json("gallery");
  }

  /** Asks for a run; `unwanted` ends the waiting for a model that is loading. */
  post(request: TraceRequest, unwanted: AbortSignal): Promise<Accepted> {
    return this.send("traces", request, unwanted);
  }

  /** Asks for runs that are drawn together, in shared batches. */
  postGroup(noun: GroupNoun, body: unknown, unwanted?: AbortSignal): Promise<Group> {
    return this.send(noun, body, unwanted);
  }

  /** Where a group stands, and what its runs say together once all are done. */
  group(noun: GroupNoun, id: string): Promise<Group> {
    return this.json(`${noun}/${id}`);
  }

  /** Ends this page's share of every run of a group. */
  cancelGroup(noun: GroupNoun, id: string, share: Share): void {
    this.end(`${noun}/${id}`, share);
  }

  /** What the runs of a group report, without their tensors; call the answer to stop listening. */
  groupEvents(noun: GroupNoun, id: string, share: Share, listener: GroupListener): () => void {
    return this.stream.group(noun, id, share, listener);
  }

  /** The latents of stored runs at all steps, in two dimensions. */
  trajectories(ids: string[], method: ProjectionMethod): Promise<Plane> {
    return this.json(`trajectories/${ids.join("-")}/${method}`);
  }

  /** The trace.json of a stored run; of the last few it is kept, for all who read more of the run. */
  trace(id: string): Promise<TraceFile> {
    const found =
      this.traces.get(id) ?? this.json<StoredTraceFile>(`traces/${id}/files/trace.json`).then(upgraded);
    this.traces.delete(id);
    this.traces.set(id, found);
    found.catch(() => this.traces.delete(id));
    for (const oldest of [...this.traces.keys()].slice(0, -kept_traces)) this.traces.delete(oldest);
    return found;
  }

  /** The bytes of a stored run's file. */
  async bytes(id: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await fetch(this.file(id, name));
    if (!response.ok) throw new Error(`The server answered ${response.status} for ${name}.`);
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Where a server gives a stored run as one file of that format. */
  exportAddress(id: string, format: string, kind: "latent" | "predicted"): string {
    return `${this.base}traces/${id}/exports/${format}?kind=${kind}`;
  }

  /** Where a server gives two stored runs and what differs between them as a page that stands alone. */
  reportAddress(a: string, b: string): string {
    return `${this.base}comparisons/${a}-${b}/report`;
  }

  /** The address of a stored run's file. */
  file(id: string, name: string): string {
    return `${this.base}traces/${id}/files/${name}`;
  }

  /** Ends this page's share of a run, which stops if nobody else wants it. */
  cancel(id: string, share: Share): void {
    this.end(`traces/${id}`, share);
  }

  /** A stored trace: trace.json, the arrays and two sheets, four requests in all. */
  async bundle(id: string): Promise<Run> {
    return loadBundle(`${this.base}traces/${id}/files/`, await this.trace(id));
  }

  /** Where the words of a stored run are read at every step. */
  async attention(id: string): Promise<Attention | null> {
    return loadAttention(`${this.base}traces/${id}/files/`, await this.trace(id));
  }

  /** A dozen pictures to hold a prompt against. */
  pictures(): Promise<EmbeddedPictures> {
    return this.json("pictures");
  }

  /** What the job reports, from now or from where the connection broke; call the answer to stop listening. */
  events(id: string, share: Share, listener: JobListener): () => void {
    return this.stream.job(id, share, listener);
  }

  /** Nobody waits for this: a share that the server is not told of ends by itself. */
  private end(path: string, share: Share): void {
    const named = share ? `?share=${encodeURIComponent(share)}` : "";
    const ended = fetch(`${this.base}${path}${named}`, { method: "DELETE", keepalive: true });
    ended.catch(() => {});
  }

  /** Asks again, when it is told to, for as long as the model is loading and the answer is wanted. */
  private async send<T>(path: string, body: unknown, unwanted?: AbortSignal): Promise<T> {
    const question = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    };
    for (;;) {
      const response = await fetch(this.base + path, question);
      const seconds = Number(response.headers.get("retry-after"));
      if (response.status !== 503 || !seconds) return bodyOf(response);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      unwanted?.throwIfAborted();
    }
  }

  private async json<T>(path: string): Promise<T> {
    if (path in this.answers) return this.answers[path] as T;
    return bodyOf(await fetch(this.base + path));
  }
}

/** What was answered. Throws the problem that it is. */
async function bodyOf<T>(response: Response): Promise<T> {
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  throw new ProblemError(
    body?.title || body?.detail
      ? { ...body, status: response.status }
      : {
          title: response.statusText,
          status: response.status,
          detail: `The server answered ${response.status}.`,
        },
  );
}
