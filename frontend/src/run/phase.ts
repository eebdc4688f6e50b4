import type { JobEvent } from "../wire/events";
import type { Problem } from "../wire/problem";

/** Where a run stands, from the question to its last step. */
export type Phase =
  | { name: "idle" }
  | { name: "asking" }
  | { name: "loading" }
  | { name: "waiting"; position: number }
  | { name: "drawing"; step: number; rows: number; seconds_left: number | null }
  | { name: "drawn"; seconds: number | null }
  | { name: "stopped"; step: number }
  | { name: "failed"; problem: Problem }
  /** Not stored, and nothing here can draw it. */
  | { name: "missing" };

type PhaseNamed<Name extends Phase["name"]> = Extract<Phase, { name: Name }>;

/** The phases that a job reports. */
export type JobPhase = PhaseNamed<"waiting" | "drawing" | "drawn" | "stopped" | "failed">;

/** Where one of many runs stands. */
export type MemberPhase = JobPhase | PhaseNamed<"missing">;

const busy = new Set<Phase["name"]>(["asking", "waiting", "drawing"]);

export function isBusy({ name }: Phase): boolean {
  return busy.has(name);
}

/** Where a run stands after one more event of its job. `seconds`: since its first step began. */
export function phaseAfter<Before extends Phase>(
  phase: Before,
  event: JobEvent,
  seconds: number | null = null,
): Before | JobPhase {
  switch (event.name) {
    case "queued":
      return { name: "waiting", position: event.body.position };
    case "tokens":
      return { name: "drawing", step: 0, rows: event.body.steps, seconds_left: null };
    case "step":
      return drawing(event.body.row.step + 1, event.body.rows, seconds);
    case "done":
      return { name: "drawn", seconds: event.body.seconds };
    case "failed":
      return { name: "failed", problem: event.body };
    case "cancelled":
      return { name: "stopped", step: event.body.step };
    default:
      return phase;
  }
}

function drawing(step: number, rows: number, seconds: number | null): JobPhase {
  const seconds_left = seconds === null ? null : (seconds / step) * (rows - step);
  return { name: "drawing", step, rows, seconds_left };
}

/** Where many runs stand together. */
export interface GroupStatus {
  all: number;
  drawn: number;
  missing: number;
  busy: boolean;
}

export function groupStatus(phases: Phase[]): GroupStatus {
  const count = (name: Phase["name"]) => phases.filter((phase) => phase.name === name).length;
  return {
    all: phases.length,
    drawn: count("drawn"),
    missing: count("missing"),
    busy: phases.some(isBusy),
  };
}
