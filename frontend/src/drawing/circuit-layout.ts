import type { Point } from "./rect";

/** What stands in the refiner's circuit. */
export type CircuitNode =
  | "latent"
  | "unet"
  | "timestep"
  | "text"
  | "generic"
  | "prompt"
  | "minus"
  | "impact"
  | "weight"
  | "plus"
  | "guided"
  | "guidance"
  | "latent_factor"
  | "noise_factor"
  | "sum"
  | "next";

/** Centres of the nodes in a drawing of the given size; the page stretches the drawing to its panel. */
export interface CircuitLayout {
  name: "wide" | "medium" | "narrow";
  width: number;
  height: number;
  /** Side of a noise tile, and of a latent's. */
  tile: number;
  latent_tile: number;
  unet: [width: number, height: number];
  nodes: Record<CircuitNode, Point>;
}

const wide: CircuitLayout = {
  name: "wide",
  width: 720,
  height: 580,
  tile: 92,
  latent_tile: 104,
  unet: [68, 140],
  nodes: {
    latent: [84, 196],
    unet: [210, 196],
    timestep: [210, 284],
    text: [210, 64],
    generic: [334, 118],
    prompt: [334, 278],
    minus: [412, 278],
    impact: [490, 278],
    weight: [578, 204],
    plus: [578, 118],
    guided: [650, 118],
    guidance: [630, 322],
    latent_factor: [268, 396],
    noise_factor: [644, 476],
    sum: [548, 476],
    next: [436, 476],
  },
};

const medium: CircuitLayout = {
  name: "medium",
  width: 472,
  height: 476,
  tile: 72,
  latent_tile: 72,
  unet: [48, 104],
  nodes: {
    latent: [56, 152],
    unet: [140, 152],
    timestep: [140, 222],
    text: [140, 60],
    generic: [240, 100],
    prompt: [240, 212],
    minus: [316, 212],
    impact: [392, 212],
    weight: [392, 156],
    plus: [316, 100],
    guided: [392, 100],
    guidance: [316, 307],
    latent_factor: [248, 356],
    noise_factor: [376, 414],
    sum: [300, 414],
    next: [216, 414],
  },
};

const narrow: CircuitLayout = {
  name: "narrow",
  width: 358,
  height: 584,
  tile: 64,
  latent_tile: 64,
  unet: [40, 92],
  nodes: {
    latent: [48, 146],
    unet: [122, 146],
    timestep: [122, 212],
    text: [122, 56],
    generic: [208, 94],
    prompt: [208, 200],
    minus: [259, 200],
    impact: [310, 200],
    weight: [310, 147],
    plus: [259, 94],
    guided: [310, 94],
    guidance: [214, 308],
    latent_factor: [124, 380],
    noise_factor: [284, 380],
    sum: [206, 380],
    next: [206, 460],
  },
};

/** The layout for a panel of this width. */
export function circuitLayout(width: number): CircuitLayout {
  if (width >= 640) return wide;
  return width >= 430 ? medium : narrow;
}

/** How much larger than drawn the tiles may be in a panel of this size. */
export function circuitScale(layout: CircuitLayout, width: number, height: number): number {
  const scale = Math.min(width / layout.width, height / layout.height);
  return layout.name === "wide" ? Math.min(Math.max(scale, 0.8), 1.5) : Math.min(Math.max(scale, 0.85), 1.15);
}
