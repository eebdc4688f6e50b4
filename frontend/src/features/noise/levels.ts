import type { RoomLevels } from "../../state/room.svelte";
import SeedFormula from "./SeedFormula.svelte";
import Seeds from "./Seeds.svelte";

export const levels: RoomLevels = { 2: Seeds, 3: SeedFormula };
