import { expect, test } from "vitest";
import type { Api } from "../api/api";
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
