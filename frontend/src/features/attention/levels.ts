import type { RoomLevels } from "../../state/room.svelte";
import AttentionFormula from "./AttentionFormula.svelte";
import AttentionMechanism from "./AttentionMechanism.svelte";

export const levels: RoomLevels = { 2: AttentionMechanism, 3: AttentionFormula };
