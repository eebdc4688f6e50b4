import type { CircuitLayout, CircuitNode } from "./circuit-layout";
import type { Point, Rect } from "./rect";

/** A wire of the diagram; its kind says what flows: words, picture, noise, the start, a setting. */
export interface Wire {
  name: string;
  kind: "text" | "image" | "noise" | "start" | "setting";
  points: Point[];
  arrow: boolean;
  /** Branches off another wire: a dot marks where. */
  tap?: boolean;
  /** Part of the loop that turns once a step. */
  loop?: boolean;
}

export type Anchor = CircuitNode | "text_station" | "noise_station" | "refiner" | "decoder" | "picture";
export type Anchors = Partial<Record<Anchor, Rect>>;

/** Anchors of which the circuit's own are all there. */
export type Measured = Record<CircuitNode | "refiner", Rect> & Anchors;
export type LayoutName = CircuitLayout["name"];

/** Gap between an arrow's tip and a tile with a ring, and one without. */
export const ring = 6;
export const edge = 3;

export function straight(name: string, kind: Wire["kind"], from: Point, to: Point, arrow = true): Wire {
  return { name, kind, points: [from, to], arrow };
}
