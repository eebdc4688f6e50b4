import { job_event_names, type JobEvent, type JobEventName } from "../wire/events";
import type { GroupNoun, Share } from "../wire/server";

interface Listener {
  /** Nobody knows it any more: the server began anew. */
  missing(): void;
  /** The connection is gone for good. */
  lost(): void;
}

export interface JobListener extends Listener {
  event(event: JobEvent): void;
}

export interface GroupListener extends Listener {
  /** One run of the group reports; `id` is its trace's. */
  event(id: string, event: JobEvent): void;
  /** Every run has ended, in whatever way. */
  ended(): void;
}

type EventName = JobEventName | "ended" | "missing";

/** What the stream tells: of which topic, and of a group's also which run. */
interface Told {
  topic: string;
  number: number;
  id: string;
  event: JobEvent["body"];
}

/** A run or a group that is followed. */
interface Topic {
  name: string;
  share: Share;
  /** With the tensors. */
  arrays: boolean;
  /** Number of the last event that came; null before the first. */
  after: number | null;
  /** Its last event is one of these. */
  last: readonly EventName[];
  take(name: EventName, told: Told): void;
  listener: Listener;
}

const event_names: readonly EventName[] = [...job_event_names, "ended", "missing"];
const most_failures = 5;

/**
 * The one connection of the page, on which everything comes that it follows: a browser opens no more than six to a
 * server. It is opened anew whenever more is followed, and after a failure; each topic goes on after its last event.
 */
export class EventStream {
  private topics: Topic[] = [];
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;

  constructor(private readonly address: string) {}

  /** Follows a run to its last event; call the answer to stop. */
  job(id: string, share: Share, listener: JobListener): () => void {
    const take: Topic["take"] = (name, { event }) => listener.event({ name, body: event } as JobEvent);
    const last = ["done", "failed", "cancelled"] as const;
    return this.follow({ name: `traces/${id}`, share, arrays: true, after: null, last, take, listener });
  }

  /** Follows the runs of a group, without their tensors, until all have ended; call the answer to stop. */
  group(noun: GroupNoun, id: string, share: Share, listener: GroupListener): () => void {
    const take: Topic["take"] = (name, { id, event }) =>
      name === "ended" ? listener.ended() : listener.event(id, { name, body: event } as JobEvent);
    const last = ["ended"] as const;
    return this.follow({ name: `${noun}/${id}`, share, arrays: false, after: null, last, take, listener });
  }

  private follow(topic: Topic): () => void {
    this.topics.push(topic);
    this.openIn(0);
    return () => this.drop(topic);
  }

  private drop(topic: Topic): void {
    this.topics = this.topics.filter((one) => one !== topic);
    if (this.topics.length === 0) this.close();
  }

  private close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  /** What is followed at once comes on one connection. */
  private openIn(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), milliseconds);
  }

  private open(): void {
    this.close();
    const topics = [...this.topics];
    const source = new EventSource(`${this.address}?${topics.map(parameter).join("&")}`);
    let seen = topics.map(({ after }) => String(after ?? "-"));
    for (const name of event_names) {
      source.addEventListener(name, (message: MessageEvent<string>) => {
        // Of the numbers in its id, one for each topic, an event changes its own.
        const numbers = message.lastEventId.split(",");
        const told = JSON.parse(message.data) as Told;
        const topic = topics[numbers.findIndex((number, i) => number !== seen[i])];
        seen = numbers;
        this.take(topic ?? topics.find((one) => one.name === told.topic)!, name, told);
      });
    }
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) this.retry();
    };
    this.source = source;
  }

  private take(topic: Topic, name: EventName, told: Told): void {
    this.failures = 0;
    if (!this.topics.includes(topic)) return;
    topic.after = told.number;
    if (name === "missing" || topic.last.includes(name)) this.drop(topic);
    if (name === "missing") topic.listener.missing();
    else topic.take(name, told);
  }

  /** Asks again after a pause that grows, before it gives up. */
  private retry(): void {
    this.failures += 1;
    if (this.failures <= most_failures) return this.openIn(500 * 2 ** this.failures);
    const { topics } = this;
    this.topics = [];
    this.failures = 0;
    this.close();
    for (const { listener } of topics) listener.lost();
  }
}

function parameter({ name, share, arrays, after }: Topic): string {
  const said = [name];
  if (share) said.push(`share=${share}`);
  if (after !== null) said.push(`after=${after}`);
  if (!arrays) said.push("arrays=false");
  return `follow=${encodeURIComponent(said.join(","))}`;
}
