import type { Readable } from "../../run/attention";

/** What can be read, with its map [height · width] and the mean of it. */
export interface Read extends Readable {
  name: string;
  map: Float32Array;
  share: number;
}
