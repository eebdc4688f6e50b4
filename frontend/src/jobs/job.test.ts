import { expect, test, vi } from "vitest";
import type { Api } from "../api/api";
import type { JobListener } from "../api/events";
import type { Accepted } from "../wire/server";
import { Job } from "./job.svelte";
import { default_request } from "../run/request";

/** A server whose answers to POST come when they are told to, and what it is asked to let go. */
function slowServer() {
  const answers: ((accepted: Accepted) => void)[] = [];
  const ended: [id: string, share: unknown][] = [];
  const followed: unknown[] = [];
  const api: Partial<Api> = {
    post: () => new Promise<Accepted>((resolve) => answers.push(resolve)),
    cancel: (id, share) => void ended.push([id, share]),
    events: (_id, share) => {
      followed.push(share);
      return () => {};
    },
  };
  return { answers, ended, followed, job: new Job(api as Api) };
}

test("a question can be taken back, and its late answer is let go", async () => {
  const { answers, ended, job } = slowServer();
  const drawn = job.draw(default_request);
  job.cancel();
  expect(job.busy).toBe(false);
  answers[0]!({ id: "0123456789abcdef", status: "queued", position: 0, share: "first" });
  await drawn;
  expect(ended).toEqual([["0123456789abcdef", "first"]]);
  expect(job.phase).toEqual({ name: "stopped", step: 0 });
});

test("a late answer never ends the newer question that was given the same run", async () => {
  const { answers, ended, followed, job } = slowServer();
  const [first, second] = [job.draw(default_request), job.draw(default_request)];
  answers[1]!({ id: "1", status: "running", share: "newer" });
  await second;
  answers[0]!({ id: "1", status: "running", share: "older" });
  await first;
  expect(ended).toEqual([["1", "older"]]);
  expect(followed).toEqual(["newer"]);
  expect(job.phase.name).toBe("waiting");
});

test("a run that is told to stop has stopped at once, whatever the server says", async () => {
  const { answers, ended, job } = slowServer();
  const drawn = job.draw(default_request);
  answers[0]!({ id: "1", status: "running", share: "own" });
  await drawn;
  job.cancel();
  expect(ended).toEqual([["1", "own"]]);
  expect(job.phase).toEqual({ name: "stopped", step: 0 });
  void job.draw(default_request);
  expect(job.busy).toBe(true);
});

test("a job that tells only that it is done is read from its bundle", async () => {
  let listener: JobListener;
  const api = {
    post: async () => ({ id: "1", status: "queued", position: 2 }),
    events: (_id: string, _share: unknown, given: JobListener) => {
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

test("a run that the server has forgotten is asked for again", async () => {
  const listeners: JobListener[] = [];
  const asked: unknown[] = [];
  const api = {
    post: async (request: unknown) => {
      asked.push(request);
      return { id: "1", status: "queued" };
    },
    events: (_id: string, _share: unknown, given: JobListener) => {
      listeners.push(given);
      return () => {};
    },
    cancel: () => {},
  };
  const job = new Job(api as unknown as Api);
  await job.draw(default_request);
  listeners[0]!.missing();
  await vi.waitFor(() => expect(listeners).toHaveLength(2));
  expect(asked).toEqual([default_request, default_request]);
  expect(job.phase.name).toBe("waiting");
});

test("a connection that is lost is a failure, and a run asked for later is not told of it", async () => {
  const listeners: JobListener[] = [];
  const api = {
    post: async () => ({ id: String(listeners.length), status: "queued" }),
    events: (_id: string, _share: unknown, given: JobListener) => {
      listeners.push(given);
      return () => {};
    },
    cancel: () => {},
  };
  const job = new Job(api as unknown as Api);
  await job.draw(default_request);
  await job.draw({ ...default_request, seed: 1 });
  listeners[0]!.lost();
  expect(job.phase.name).toBe("waiting");
  listeners[1]!.lost();
  expect(job.phase).toMatchObject({ name: "failed", problem: { title: "Connection lost" } });
});
