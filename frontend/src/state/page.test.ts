import { expect, test, vi } from "vitest";
import type { Api } from "../api/api";
import type { Run } from "../run/run";
import type { TraceRequest } from "../wire/trace";
import { Page } from "./page.svelte";

/** A page whose server has drawn every run before it is asked. */
function opened(): Page {
  const drawn: TraceRequest[] = [];
  const accepted = (request: TraceRequest) => ({ id: String(drawn.push(request) - 1), status: "done" });
  const api = {
    post: async (request: TraceRequest) => accepted(request),
    postGroup: async (_noun: string, { requests }: { requests: TraceRequest[] }) => ({
      members: requests.map(accepted),
    }),
    bundle: async (id: string) => ({ id, request: drawn[Number(id)]!, model: {}, rows: 0, steps: [] }),
  };
  const page = new Page(api as unknown as Api, []);
  page.source.mode = "live";
  page.take({ prompt: "a fox", seed: 3, guidance_scale: 7 });
  return page;
}

const prompts = (page: Page) => page.sides.map(({ run }) => run?.request.prompt);
const guidance = (page: Page) => page.sides.map(({ run }) => (run as Run).request.guidance_scale);

test("guidance of a run that is compared with A is drawn for it alone", async () => {
  vi.useFakeTimers();
  const page = opened();
  await page.compareWith({ prompt: "a hare" });
  page.guide(page.b, 3);
  await vi.runAllTimersAsync();
  expect(guidance(page)).toEqual([7, 3]);
  expect(page.request.guidance_scale).toBe(7);
  page.guide(page.a, 5);
  await vi.runAllTimersAsync();
  expect(guidance(page)).toEqual([5, 3]);
  vi.useRealTimers();
});

test("a stored run that is opened from B's room gives B its prompt", async () => {
  const page = opened();
  await page.compareWith({ prompt: "a hare" });
  const request = { ...page.request, prompt: "an owl", seed: 9 };
  await page.openEntry({ id: "9", request, title: "", model: "", fingerprint: "", url: "" }, page.b);
  expect(prompts(page)).toEqual(["a fox", "an owl"]);
  expect(page.request.seed).toBe(3);
});

test("A and B change places with their prompts, and keep their letters", async () => {
  const page = opened();
  await page.compareWith({ prompt: "a hare" });
  page.swap();
  expect(prompts(page)).toEqual(["a hare", "a fox"]);
  expect(page.sides.map(({ mark }) => mark)).toEqual(["a", "b"]);
  expect(page.outdated).toBe(false);
});

test("the runs behind one that is left out move up", async () => {
  const page = opened();
  await page.compareWith({ prompt: "a hare" }, { prompt: "an owl" });
  page.leaveOut(1);
  expect(prompts(page)).toEqual(["a fox", "an owl"]);
  expect(page.outdated).toBe(false);
});

test("one of the compared runs stays alone on the page", async () => {
  const page = opened();
  await page.compareWith({ prompt: "a hare" }, { prompt: "an owl" });
  const id = page.b.run!.id;
  await page.openAlone(page.requests[1]!);
  expect(prompts(page)).toEqual(["a hare"]);
  expect(page.a.run!.id).toBe(id);
  expect(page.comparing).toBe(false);
});

test("a link names what was asked last, not what is being typed", async () => {
  const page = opened();
  await page.draw();
  page.request.prompt = "a fox and";
  expect(page.link.request.prompt).toBe("a fox");
});

test("an empty prompt is told to the run that it was asked of", async () => {
  const page = opened();
  page.others = [{ prompt: " " }];
  await page.draw();
  expect(page.b.job.phase.name).toBe("failed");
  expect(page.notice.field).toBe("prompt");
  page.notice.forgive();
  expect(page.notice.wrong).toBeNull();
});
