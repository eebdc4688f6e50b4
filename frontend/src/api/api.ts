import type { Run } from "../run/run";
import type { Accepted, Gallery, ServerCard } from "../wire/server";
import type { TraceRequest } from "../wire/trace";
import { loadBundle } from "./bundle";
import { listen, type JobListener } from "./events";
import { ProblemError } from "./problem-error";

/** Everything the page asks of its server, or of a folder of files with the same names. */
export class Api {
  constructor(private readonly base = "api/") {}

  server(): Promise<ServerCard> {
    return this.json("model");
  }

  gallery(): Promise<Gallery> {
    return this.json("gallery");
  }

  post(request: TraceRequest): Promise<Accepted> {
    return this.json("traces", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    });
  }

  /** Ends that job and no other. */
  async cancel(id: string): Promise<void> {
    await fetch(`${this.base}traces/${id}`, { method: "DELETE" });
  }

  /** A stored trace: trace.json, the arrays and two sheets, four requests in all. */
  bundle(id: string): Promise<Run> {
    return loadBundle(`${this.base}traces/${id}/files/`);
  }

  /** What the job reports, from now or from where the connection broke; call the answer to stop listening. */
  events(id: string, listener: JobListener): () => void {
    return listen(`${this.base}traces/${id}/events`, listener);
  }

  private async json<T>(path: string, init?: RequestInit): Promise<T> {
    const response = await fetch(this.base + path, init);
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
}
