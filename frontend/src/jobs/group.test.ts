// @vitest-environment jsdom
import { expect, test } from "vitest";
import type { Api } from "../api/api";
import type { GroupListener } from "../api/events";
import { default_request } from "../run/request";
import type { JobEvent } from "../wire/events";
import type { GalleryEntry } from "../wire/server";
import { Group, requestsOf } from "./group.svelte";

const request = { ...default_request, prompt: "red fox" };
const picture = "data:image/webp;base64,AAAA";

function step(place: number): JobEvent {
  return {
    name: "step",
    body: { row: { step: place }, rows: 2, pictures: { predicted: picture } },
  } as unknown as JobEvent;
}

function listened(): { group: Group; listener: () => GroupListener } {
  let listener: GroupListener;
  const api = {
    postGroup: async () => ({ id: "g", status: "queued", members: ["0", "1", "2"].map((id) => ({ id })) }),
    groupEvents: (_noun: string, _id: string, _share: unknown, given: GroupListener) => {
      listener = given;
      return () => {};
    },
    cancelGroup: () => {},
    file: (id: string) => `${id}/picture.png`,
  };
  return { group: new Group(api as unknown as Api), listener: () => listener };
}

test("leaving each word out asks for the prompt and as many others as it has words", () => {
  const prompts = requestsOf({ name: "words" }, request).map(({ prompt }) => prompt);
  expect(prompts).toEqual(["red fox", "fox", "red"]);
});

test("every event reaches the run that it is of", async () => {
  const { group, listener } = listened();
  await group.draw({ name: "words" }, request, null);
  listener().event("1", { name: "tokens", body: { steps: 2 } } as JobEvent);
  listener().event("1", step(0));
  listener().event("2", { name: "done", body: { id: "2", seconds: 1 } });
  expect(group.members.map(({ phase }) => phase.name)).toEqual(["waiting", "drawing", "drawn"]);
  expect(group.members[1]!.phase).toMatchObject({ step: 1, rows: 2 });
  expect(group.members[1]!.picture?.image.src).toBe(picture);
  expect(group.members[2]!.picture?.image.src).toContain("2/picture.png");
  expect(group.status).toEqual({ all: 3, drawn: 1, missing: 0, busy: true });
});

test("a connection that is lost keeps the pictures that came", async () => {
  const { group, listener } = listened();
  await group.draw({ name: "words" }, request, null);
  listener().event("0", { name: "done", body: { id: "0", seconds: 1 } });
  listener().lost();
  expect(group.members.map(({ phase }) => phase.name)).toEqual(["drawn", "failed", "failed"]);
  expect(group.status.busy).toBe(false);
});

test("a group's late answer is let go by its own share, and the newer question goes on", async () => {
  const answers: ((answer: unknown) => void)[] = [];
  const ended: unknown[] = [];
  const api = {
    postGroup: () => new Promise((resolve) => answers.push(resolve)),
    groupEvents: () => () => {},
    cancelGroup: (...told: unknown[]) => ended.push(told),
  };
  const group = new Group(api as unknown as Api);
  const asked = [group.draw({ name: "words" }, request, null), group.draw({ name: "words" }, request, null)];
  const members = ["0", "1", "2"].map((id) => ({ id }));
  answers[1]!({ id: "g", status: "running", share: "newer", members });
  answers[0]!({ id: "g", status: "running", share: "older", members });
  await Promise.all(asked);
  expect(ended).toEqual([["leave-one-outs", "g", "older"]]);
  expect(group.status.busy).toBe(true);
});

test("a group that is told to stop has stopped at once and keeps what is drawn", async () => {
  const { group, listener } = listened();
  await group.draw({ name: "words" }, request, null);
  listener().event("0", { name: "done", body: { id: "0", seconds: 1 } });
  listener().event("1", step(0));
  group.cancel();
  expect(group.members.map(({ phase }) => phase)).toMatchObject([
    { name: "drawn" },
    { name: "stopped", step: 1 },
    { name: "stopped", step: 0 },
  ]);
});

test("where nothing can be drawn, runs that are not stored are missing", async () => {
  const { group } = listened();
  const grid = {
    name: "grid" as const,
    rows: { setting: "prompt" as const, values: ["red fox"] },
    columns: { setting: "steps" as const, values: [4, 8] },
  };
  const stored = [{ id: "7", request: { ...request, steps: 8 } }] as GalleryEntry[];
  await group.draw(grid, request, stored);
  expect(group.members.map(({ phase }) => phase.name)).toEqual(["missing", "drawn"]);
});
