import type { RoomPlan } from "../../state/room.svelte";
import FoldedText from "./FoldedText.svelte";
import { words } from "./words";

export const text = {
  name: "text",
  title: words.title,
  mark: "text",
  levels: [2, 3],
  folded: FoldedText,
} as const satisfies RoomPlan;
