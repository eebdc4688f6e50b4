import { job_event_names, type JobEvent } from "../wire/events";

export interface JobListener {
  event(event: JobEvent): void;
  /** The connection is gone for good. */
  lost(): void;
}

const last_events = new Set(["done", "failed", "cancelled"]);

/**
 * Listens to a job's server-sent events. The browser reconnects by itself and names the last event it has,
 * so nothing is missed; the connection closes with the job's last event.
 */
export function listen(address: string, listener: JobListener): () => void {
  const source = new EventSource(address);
  for (const name of job_event_names) {
    source.addEventListener(name, (message: MessageEvent<string>) => {
      if (last_events.has(name)) source.close();
      listener.event({ name, body: JSON.parse(message.data) } as JobEvent);
    });
  }
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) listener.lost();
  };
  return () => source.close();
}
