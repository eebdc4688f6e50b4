import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventStream, type JobListener } from "./events";

/** What a browser's EventSource does, told by the test. */
class Source {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = 1;
  onerror = () => {};
  private readonly listeners = new Map<string, (message: unknown) => void>();

  constructor(readonly address: string) {
    Source.all.push(this);
  }

  /** What it follows. */
  get follow(): string[] {
    return new URL(this.address, "http://server").searchParams.getAll("follow");
  }

  addEventListener(name: string, listener: (message: unknown) => void): void {
    this.listeners.set(name, listener);
  }

  close(): void {
    this.readyState = Source.CLOSED;
  }

  say(name: string, id: string, told: object): void {
    this.listeners.get(name)!({ lastEventId: id, data: JSON.stringify(told) });
  }

  fail(): void {
    this.readyState = Source.CLOSED;
    this.onerror();
  }
}

beforeEach(() => {
  Source.all = [];
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Source);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function listener() {
  const heard: string[] = [];
  const told: JobListener = {
    event: ({ name }) => heard.push(name),
    missing: () => heard.push("missing"),
    lost: () => heard.push("lost"),
  };
  return { heard, told };
}

const position = { position: 1 };

test("what is followed at once comes on one connection, each event to its own", () => {
  const stream = new EventStream("api/events");
  const [a, b, group] = [listener(), listener(), listener()];
  stream.job("1", "own", a.told);
  stream.job("1", "other", b.told);
  stream.group("grids", "9", "all", {
    ...group.told,
    event: (id, { name }) => group.heard.push(`${id} ${name}`),
    ended: () => group.heard.push("ended"),
  });
  vi.advanceTimersByTime(0);
  const [source] = Source.all;
  expect(source!.follow).toEqual([
    "traces/1,share=own",
    "traces/1,share=other",
    "grids/9,share=all,arrays=false",
  ]);
  source!.say("queued", "-,0,-", { topic: "traces/1", number: 0, event: position });
  source!.say("queued", "-,0,3", { topic: "grids/9", number: 3, id: "7", event: position });
  source!.say("ended", "-,0,4", { topic: "grids/9", number: 4, event: { status: "done" } });
  expect([a.heard, b.heard, group.heard]).toEqual([[], ["queued"], ["7 queued", "ended"]]);
  expect(Source.all).toHaveLength(1);
});

test("with more to follow it is opened anew and goes on after the last events; with nothing it is closed", () => {
  const stream = new EventStream("api/events");
  const [a, b] = [listener(), listener()];
  const leave = stream.job("1", null, a.told);
  vi.advanceTimersByTime(0);
  Source.all[0]!.say("queued", "5", { topic: "traces/1", number: 5, event: position });
  stream.job("2", null, b.told);
  vi.advanceTimersByTime(0);
  expect(Source.all[0]!.readyState).toBe(Source.CLOSED);
  expect(Source.all[1]!.follow).toEqual(["traces/1,after=5", "traces/2"]);
  Source.all[1]!.say("done", "5,9", { topic: "traces/2", number: 9, event: { id: "2", seconds: 1 } });
  expect(b.heard).toEqual(["done"]);
  leave();
  expect(Source.all[1]!.readyState).toBe(Source.CLOSED);
});

test("a connection that fails is asked for again, and is lost only after several failures", () => {
  const stream = new EventStream("api/events");
  const a = listener();
  stream.job("1", null, a.told);
  vi.advanceTimersByTime(0);
  for (let failure = 1; failure <= 5; failure++) {
    Source.all.at(-1)!.fail();
    vi.advanceTimersByTime(60_000);
    expect(Source.all).toHaveLength(failure + 1);
  }
  expect(a.heard).toEqual([]);
  Source.all.at(-1)!.fail();
  expect(a.heard).toEqual(["lost"]);
});

test("a run that the server does not know any more is told missing, and the others go on", () => {
  const stream = new EventStream("api/events");
  const [a, b] = [listener(), listener()];
  stream.job("1", null, a.told);
  stream.job("2", null, b.told);
  vi.advanceTimersByTime(0);
  const [source] = Source.all;
  source!.say("missing", "0,-", { topic: "traces/1", number: 0, event: {} });
  source!.say("queued", "0,0", { topic: "traces/2", number: 0, event: position });
  expect([a.heard, b.heard]).toEqual([["missing"], ["queued"]]);
});
