import type { RoomPlan } from "../../state/room.svelte";
import { words } from "./words";

export const attention = {
  name: "attention",
  title: words.room,
  mark: "text",
  levels: [2, 3],
} as const satisfies RoomPlan;
