import type { RoomLevels } from "../../state/room.svelte";
import Formula from "./Formula.svelte";
import Mechanism from "./Mechanism.svelte";

export const levels: RoomLevels = { 2: Mechanism, 3: Formula };
