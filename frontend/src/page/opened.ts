import type { RoomLevels } from "../state/room.svelte";

export { default as FollowNumber } from "./FollowNumber.svelte";

const found = import.meta.glob<RoomLevels>("../features/*/levels.ts", { eager: true, import: "levels" });

/** What every station shows, by its name: all in one file, so that the first one opened brings the others along. */
export const levels = new Map(
  Object.entries(found).map(([path, levels]) => [path.split("/").at(-2)!, levels]),
);
