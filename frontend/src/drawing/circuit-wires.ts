import { predicting } from "./predicting-wires";
import { entering, leaving } from "./station-wires";
import { subtracting } from "./sum-wires";
import type { Anchor, Anchors, LayoutName, Measured, Wire } from "./wire";

/** Every wire of the diagram between measured boxes; none before all boxes are measured. */
export function circuitWires(anchors: Anchors, layout: LayoutName): Wire[] {
  if (!isMeasured(anchors)) return [];
  return [
    ...entering(anchors, layout),
    ...predicting(anchors, layout),
    ...subtracting(anchors, layout),
    ...leaving(anchors),
  ];
}

function isMeasured(anchors: Anchors): anchors is Measured {
  const needed = "latent unet timestep generic prompt minus impact weight plus guided sum next refiner";
  return needed.split(" ").every((name) => anchors[name as Anchor]);
}
