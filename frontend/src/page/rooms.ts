import { attention } from "../features/attention";
import { decoder } from "../features/decoder";
import { noise } from "../features/noise";
import { refiner } from "../features/refiner";
import { text } from "../features/text";
import type { RoomPlan } from "../state/room.svelte";

/**
 * The stations that open in place, in columns along the path. To add one: give its feature an `index.ts` with its plan
 * and a `levels.ts` with what it shows, name the plan here, and put `OpenStation` where its station is.
 */
export const columns = [[text, noise], [attention], [refiner], [decoder]] as const;

export type RoomName = (typeof columns)[number][number]["name"];

export const rooms: readonly RoomPlan[] = columns.flat();
