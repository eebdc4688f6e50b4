import type { RoomLevels } from "../../state/room.svelte";
import DecoderFormula from "./DecoderFormula.svelte";
import DecoderMechanism from "./DecoderMechanism.svelte";

export const levels: RoomLevels = { 2: DecoderMechanism, 3: DecoderFormula };
