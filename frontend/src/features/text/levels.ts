import type { RoomLevels } from "../../state/room.svelte";
import TextFormula from "./TextFormula.svelte";
import TextMechanism from "./TextMechanism.svelte";

export const levels: RoomLevels = { 2: TextMechanism, 3: TextFormula };
