import type { RoomPlan } from "../../state/room.svelte";
import FoldedNoise from "./FoldedNoise.svelte";
import { shared } from "../../words/shared";

export const noise = {
  name: "noise",
  title: shared.noise.title,
  mark: "noise",
  levels: [2, 3],
  folded: FoldedNoise,
} as const satisfies RoomPlan;
