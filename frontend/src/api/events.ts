import { job_event_names, type JobEvent } from "../wire/events";

export interface JobListener {
  event(event: JobEvent): void;
  /** The connection is gone for good. */
  lost(): void;
}

const last_events = new Set(["done", "failed", "cancelled"]);

export interface GroupListener {
  /** One run of the group reports; `id` is its trace's. */
  event(id: string, event: JobEvent): void;
  /** Every run has ended, in whatever way. */
  ended(): void;
  lost(): void;
}

/** Listens to the runs of a group on one connection, which closes when all of them have ended. */
export function listenTogether(address: string, listener: GroupListener): () => void {
  const source = new EventSource(address);
  for (const name of job_event_names) {
    source.addEventListener(name, (message: MessageEvent<string>) => {
      const { id, event } = JSON.parse(message.data);
      listener.event(id, { name, body: event } as JobEvent);
    });
  }
  source.addEventListener("ended", () => {
    source.close();
    listener.ended();
  });
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) listener.lost();
  };
  return () => source.close();
}

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
