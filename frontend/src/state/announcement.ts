import { words } from "../words/en";
import type { Phase } from "./drawing.svelte";

/** What a screen reader hears of a run: its beginning, every fifth step, its end. */
export function announcement(phase: Phase): string {
  switch (phase.name) {
    case "waiting":
      return words.run.waiting_title;
    case "drawing":
      return words.run.drawing(Math.max(1, phase.step - (phase.step % 5)), phase.rows);
    case "drawn":
      return words.run.drawn;
    case "stopped":
      return words.run.stopped(phase.step);
    case "failed":
      return `${phase.problem.title}. ${phase.problem.detail}`;
    default:
      return "";
  }
}
