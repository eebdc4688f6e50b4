import type { RoomPlan } from "../../state/room.svelte";
import FoldedRefiner from "./FoldedRefiner.svelte";
import { words } from "./words";

export const refiner = {
  name: "refiner",
  title: words.title,
  mark: "image",
  levels: [2, 3],
  folded: FoldedRefiner,
  follows: true,
} as const satisfies RoomPlan;
