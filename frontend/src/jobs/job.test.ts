import { expect, test, vi } from "vitest";
import type { Api } from "../api/api";
import type { JobListener } from "../api/events";
import type { Accepted } from "../wire/server";
import { Job } from "./job.svelte";
import { default_request } from "../run/request";

test("a question can be taken back, and the job that answers it late is stopped", async () => {
  let answer: (accepted: Accepted) => void = () => {};
  const stopped: string[] = [];
  const api: Partial<Api> = {
    post: () => new Promise<Accepted>((resolve) => (answer = resolve)),
    cancel: async (id) => void stopped.push(id),
  };
  const job = new Job(api as Api);
  const drawn = job.draw(default_request);
  await job.cancel();
  expect(job.busy).toBe(false);
  answer({ id: "0123456789abcdef", status: "queued", position: 0 });
  await drawn;
  expect(stopped).toEqual(["0123456789abcdef"]);
  expect(job.phase).toEqual({ name: "stopped", step: 0 });
});

test("a job that tells only that it is done is read from its bundle", async () => {
  let listener: JobListener;
  const api = {
    post: async () => ({ id: "1", status: "queued", position: 2 }),
    events: (_id: string, given: JobListener) => {
      listener = given;
      return () => {};
    },
    bundle: async (id: string) => ({ id, seconds: 4, rows: 0, steps: [] }),
  };
  const job = new Job(api as unknown as Api);
  await job.draw(default_request);
  expect(job.phase).toEqual({ name: "waiting", position: 2 });
  listener!.event({ name: "done", body: { id: "1", seconds: 9 } });
  await vi.waitFor(() => expect(job.phase).toEqual({ name: "drawn", seconds: 4 }));
  expect(job.run?.id).toBe("1");
});

test("a connection that is lost is a failure, and a run asked for later is not told of it", async () => {
  const listeners: JobListener[] = [];
  const api = {
    post: async () => ({ id: String(listeners.length), status: "queued" }),
    events: (_id: string, given: JobListener) => {
      listeners.push(given);
      return () => {};
    },
    cancel: async () => {},
  };
  const job = new Job(api as unknown as Api);
  await job.draw(default_request);
  await job.draw({ ...default_request, seed: 1 });
  listeners[0]!.lost();
  expect(job.phase.name).toBe("waiting");
  listeners[1]!.lost();
  expect(job.phase).toMatchObject({ name: "failed", problem: { title: "Connection lost" } });
});
