import type { Component } from "svelte";
import type { Explorer } from "../state/explorer.svelte";
import type { RoomName } from "../state/room.svelte";

/** A room's content: it gets the explorer, and shows its station at this step. */
type Content = () => Promise<{ default: Component<{ explorer: Explorer }> }>;

export interface RoomPlan {
  mark: "text" | "image" | "noise";
  /** Beside the title: a sentence, or what all levels share. */
  tools?: Content;
  /** Loaded when opened. */
  levels: Partial<Record<2 | 3, Content>>;
}

/** Loaded with the first station that is opened. */
const opened = () => import("./opened");

/**
 * What opens in place. To add a room: write its content under `views/`, name it in `opened.ts` and here, put `OpenStation` into the
 * title of its station, and its title into `words.room.titles`.
 */
export const rooms: Partial<Record<RoomName, RoomPlan>> = {
  text: {
    mark: "text",
    levels: {
      2: async () => ({ default: (await opened()).TextMechanism }),
      3: async () => ({ default: (await opened()).TextFormula }),
    },
  },
  noise: {
    mark: "noise",
    levels: {
      2: async () => ({ default: (await opened()).Seeds }),
      3: async () => ({ default: (await opened()).SeedFormula }),
    },
  },
  attention: {
    mark: "text",
    levels: {
      2: async () => ({ default: (await opened()).AttentionMechanism }),
      3: async () => ({ default: (await opened()).AttentionFormula }),
    },
  },
  refiner: {
    mark: "image",
    tools: async () => ({ default: (await opened()).FollowNumber }),
    levels: {
      2: async () => ({ default: (await opened()).Mechanism }),
      3: async () => ({ default: (await opened()).Formula }),
    },
  },
  decoder: {
    mark: "image",
    tools: async () => ({ default: (await opened()).FollowNumber }),
    levels: {
      2: async () => ({ default: (await opened()).DecoderMechanism }),
      3: async () => ({ default: (await opened()).DecoderFormula }),
    },
  },
};
