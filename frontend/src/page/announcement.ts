import { shared } from "../words/shared";
import { words } from "./words";
import type { Phase } from "../run/phase";

/** What a screen reader hears of a run: its beginning, every fifth step, its end. */
export function announcement(phase: Phase): string {
  switch (phase.name) {
    case "waiting":
      return shared.run.waiting_title;
    case "drawing":
      return shared.run.drawing(Math.max(1, phase.step - (phase.step % 5)), phase.rows);
    case "drawn":
      return words.run.drawn;
    case "stopped":
      return shared.run.stopped(phase.step);
    case "failed":
      return `${phase.problem.title}. ${phase.problem.detail}`;
    default:
      return "";
  }
}
