import type { RoomPlan } from "../../state/room.svelte";
import { words } from "./words";

export const decoder = {
  name: "decoder",
  title: words.title,
  mark: "image",
  levels: [2, 3],
  follows: true,
} as const satisfies RoomPlan;
