import { expect, test } from "vitest";
import type { JobEvent } from "../wire/events";
import { groupStatus, isBusy, phaseAfter, type Phase } from "./phase";

function step(place: number, rows: number): JobEvent {
  return { name: "step", body: { row: { step: place }, rows } } as JobEvent;
}

const tokens = { name: "tokens", body: { steps: 4 } } as JobEvent;
const done = { name: "done", body: { id: "0123456789abcdef", seconds: 2.5 } } as JobEvent;

test("a job waits, draws step by step and is drawn", () => {
  const queued: JobEvent = { name: "queued", body: { position: 3 } };
  let phase: Phase = { name: "asking" };
  const phases = [queued, tokens, step(0, 4), step(3, 4), done].map(
    (event) => (phase = phaseAfter(phase, event)),
  );
  expect(phases).toEqual([
    { name: "waiting", position: 3 },
    { name: "drawing", step: 0, rows: 4, seconds_left: null },
    { name: "drawing", step: 1, rows: 4, seconds_left: null },
    { name: "drawing", step: 4, rows: 4, seconds_left: null },
    { name: "drawn", seconds: 2.5 },
  ]);
});

test("the time left follows from the steps that are drawn", () => {
  const phase: Phase = { name: "drawing", step: 0, rows: 10, seconds_left: null };
  expect(phaseAfter(phase, step(1, 10), 3)).toMatchObject({ step: 2, seconds_left: 12 });
});

test("a job that others ended has stopped where it was", () => {
  const cancelled: JobEvent = { name: "cancelled", body: { step: 2 } };
  const drawing: Phase = { name: "drawing", step: 2, rows: 4, seconds_left: null };
  expect(phaseAfter(drawing, cancelled)).toEqual({ name: "stopped", step: 2 });
});

test("pictures and texts leave the phase as it is", () => {
  const phase: Phase = { name: "drawing", step: 4, rows: 4, seconds_left: 0 };
  expect(phaseAfter(phase, { name: "decoded", body: { picture: "" } })).toBe(phase);
});

test("a failure keeps its problem", () => {
  const problem = { title: "Out of memory", status: 500, detail: "The model needs more." };
  expect(phaseAfter({ name: "asking" }, { name: "failed", body: problem })).toEqual({
    name: "failed",
    problem,
  });
});

test("a group is busy while one of its runs is", () => {
  const phases: Phase[] = [{ name: "drawn", seconds: 1 }, { name: "missing" }];
  expect(groupStatus(phases)).toEqual({ all: 2, drawn: 1, missing: 1, busy: false });
  expect(groupStatus([...phases, { name: "waiting", position: 0 }]).busy).toBe(true);
  expect(isBusy({ name: "stopped", step: 1 })).toBe(false);
});
