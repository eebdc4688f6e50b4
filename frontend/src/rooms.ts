import type { Component } from "svelte";
import type { Explorer } from "./state/explorer.svelte";
import type { RoomName } from "./state/room.svelte";

/** A room's content: it gets the explorer, and shows its station at this step. */
type Content = () => Promise<{ default: Component<{ explorer: Explorer }> }>;

export interface RoomPlan {
  mark: "text" | "image" | "noise";
  /** Beside the title: a sentence, or what all levels share. */
  tools?: Content;
  /** Loaded when opened. */
  levels: Partial<Record<2 | 3, Content>>;
}

/**
 * What opens in place. To add a room: write its content under `views/`, name it here, put `OpenStation` into the
 * title of its station, and its title into `words.room.titles`.
 */
export const rooms: Partial<Record<RoomName, RoomPlan>> = {
  text: {
    mark: "text",
    levels: {
      2: () => import("./views/text/TextMechanism.svelte"),
      3: () => import("./views/text/TextFormula.svelte"),
    },
  },
  noise: {
    mark: "noise",
    levels: { 2: () => import("./views/noise/Seeds.svelte") },
  },
  attention: {
    mark: "text",
    levels: { 2: () => import("./views/attention/AttentionMechanism.svelte") },
  },
  refiner: {
    mark: "image",
    tools: () => import("./views/refiner/FollowNumber.svelte"),
    levels: {
      2: () => import("./views/refiner/Mechanism.svelte"),
      3: () => import("./views/refiner/Formula.svelte"),
    },
  },
  decoder: {
    mark: "image",
    tools: () => import("./views/refiner/FollowNumber.svelte"),
    levels: {
      2: () => import("./views/picture/DecoderMechanism.svelte"),
      3: () => import("./views/picture/DecoderFormula.svelte"),
    },
  },
};
