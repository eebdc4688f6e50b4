import type { CircuitLayout, CircuitNode } from "./circuit-layout";
import { bottom, centre, right, type Point, type Rect } from "./rect";

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

/** Gap between an arrow's tip and the ring of a tile. */
const ring = 6;
const edge = 3;

/** Every wire of the diagram between measured boxes; none before all boxes are measured. */
export function circuitWires(anchors: Anchors, layout: CircuitLayout["name"]): Wire[] {
  if (!isMeasured(anchors)) return [];
  return [
    ...entering(anchors, layout),
    ...predicting(anchors, layout),
    ...subtracting(anchors, layout),
    ...leaving(anchors, layout),
  ];
}

type Measured = Record<CircuitNode | "refiner", Rect> & Anchors;

function isMeasured(anchors: Anchors): anchors is Measured {
  const needed = "latent unet timestep generic prompt minus impact weight plus guided sum next refiner";
  return needed.split(" ").every((name) => anchors[name as Anchor]);
}

/** Words and starting noise come in. */
function entering(at: Measured, layout: CircuitLayout["name"]): Wire[] {
  const [unet_x] = centre(at.unet);
  const notch: Point = [unet_x, at.unet.top + (layout === "wide" ? -3 : 2)];
  const wires: Wire[] = [];
  if (layout === "narrow" && at.text) {
    wires.push({
      name: "text to UNet",
      kind: "text",
      points: [[unet_x, bottom(at.text)], notch],
      arrow: true,
    });
    if (at.noise_station) {
      const [x] = centre(at.latent);
      const points: Point[] = [
        [x, bottom(at.noise_station)],
        [x, at.refiner.top],
      ];
      wires.push({ name: "starting noise to latent", kind: "start", points, arrow: true });
    }
  } else if (at.text_station) {
    const y = at.refiner.top + (at.unet.top - at.refiner.top) * 0.5;
    wires.push({
      name: "text to UNet",
      kind: "text",
      points: [[right(at.text_station), y], [unet_x, y], notch],
      arrow: true,
    });
  }
  if (layout !== "narrow" && at.noise_station) wires.push(starting(at, at.noise_station));
  return wires;
}

function starting(at: Measured, station: Rect): Wire {
  const gutter = right(station) + (at.refiner.left - right(station)) * 0.55;
  const [, latent_y] = centre(at.latent);
  const y = station.top + Math.min(112, station.height / 2);
  return {
    name: "starting noise to latent",
    kind: "start",
    points: [
      [right(station), y],
      [gutter, y],
      [gutter, latent_y],
      [at.latent.left - ring, latent_y],
    ],
    arrow: true,
  };
}

/** Latent → UNet → two noises → impact → guided noise. */
function predicting(at: Measured, layout: CircuitLayout["name"]): Wire[] {
  const [latent_y, unet_x, unet_y] = [centre(at.latent)[1], ...centre(at.unet)];
  const spread = layout === "wide" ? 14 : 12;
  const fork = (right(at.unet) + at.generic.left) / 2;
  const to_noise = (name: string, target: Rect, from_y: number): Wire => ({
    name,
    kind: "noise",
    points: [
      [right(at.unet), from_y],
      [fork, from_y],
      [fork, centre(target)[1]],
      [target.left - edge, centre(target)[1]],
    ],
    arrow: true,
  });
  return [
    {
      name: "latent to UNet",
      kind: "image",
      points: [
        [right(at.latent) + 4, latent_y],
        [at.unet.left - edge, latent_y],
      ],
      arrow: true,
      loop: true,
    },
    {
      name: "timestep to UNet",
      kind: "setting",
      points: [
        [unet_x, at.timestep.top],
        [unet_x, bottom(at.unet) - at.unet.height * 0.17],
      ],
      arrow: true,
    },
    to_noise("UNet to generic noise", at.generic, unet_y - spread),
    to_noise("UNet to prompt noise", at.prompt, unet_y + spread),
    ...(layout === "wide" ? guidingWide(at) : guidingCompact(at)),
  ];
}

function guidingWide(at: Measured): Wire[] {
  const [minus_x, minus_y] = centre(at.minus);
  const [plus_x, plus_y] = centre(at.plus);
  return [
    straight("generic noise to plus", "noise", [right(at.generic), plus_y], [at.plus.left - edge, plus_y]),
    {
      ...straight("generic noise to minus", "noise", [minus_x, plus_y], [minus_x, at.minus.top - edge]),
      tap: true,
    },
    straight("prompt noise to minus", "noise", [right(at.prompt), minus_y], [at.minus.left - edge, minus_y]),
    straight("minus to impact", "text", [right(at.minus), minus_y], [at.impact.left - ring, minus_y]),
    {
      name: "impact to plus",
      kind: "text",
      points: [
        [right(at.impact) + 4, minus_y],
        [plus_x, minus_y],
        [plus_x, bottom(at.plus) + edge],
      ],
      arrow: true,
    },
    straight("plus to guided noise", "noise", [right(at.plus), plus_y], [at.guided.left, plus_y], false),
  ];
}

function guidingCompact(at: Measured): Wire[] {
  const [minus_x, minus_y] = centre(at.minus);
  const [, plus_y] = centre(at.plus);
  const [impact_x] = centre(at.impact);
  const tap = at.generic.left + at.generic.width * 0.75;
  const turn = (bottom(at.generic) + at.prompt.top) / 2;
  return [
    straight("generic noise to plus", "noise", [right(at.generic), plus_y], [at.plus.left, plus_y], false),
    straight("plus to guided noise", "noise", [right(at.plus), plus_y], [at.guided.left - 1, plus_y], true),
    {
      name: "generic noise to minus",
      kind: "noise",
      points: [
        [tap, bottom(at.generic)],
        [tap, turn],
        [minus_x, turn],
        [minus_x, at.minus.top - edge],
      ],
      arrow: true,
    },
    straight("prompt noise to minus", "noise", [right(at.prompt), minus_y], [at.minus.left, minus_y], false),
    straight("minus to impact", "text", [right(at.minus), minus_y], [at.impact.left - 4, minus_y], false),
    straight(
      "impact to guided noise",
      "text",
      [impact_x, at.impact.top - 4],
      [impact_x, bottom(at.guided) + edge],
    ),
  ];
}

/** The scheduler's sum: a share of the latent and a share of the noise make the new latent. */
function subtracting(at: Measured, layout: CircuitLayout["name"]): Wire[] {
  const [sum_x, sum_y] = centre(at.sum);
  const [next_x, next_y] = centre(at.next);
  const [, guided_y] = centre(at.guided);
  const lane = Math.min(right(at.guided) + 12, right(at.refiner) - 8);
  const down_x = at.latent.left + at.latent.width * (layout === "wide" ? 0.7 : 0.66);
  const up_x = at.latent.left + at.latent.width * (layout === "wide" ? 0.29 : 0.3);
  const latent_y = layout === "narrow" ? sum_y : centre(at.latent_factor)[1];
  const from_latent: Point[] =
    layout === "narrow"
      ? [
          [down_x, bottom(at.latent) + ring],
          [down_x, sum_y],
          [at.sum.left - edge, sum_y],
        ]
      : [
          [down_x, bottom(at.latent) + ring],
          [down_x, latent_y],
          [sum_x, latent_y],
          [sum_x, at.sum.top - edge],
        ];
  const to_next: Wire =
    layout === "narrow"
      ? straight("sum to new latent", "image", [sum_x, bottom(at.sum)], [next_x, at.next.top - ring])
      : straight("sum to new latent", "image", [at.sum.left, sum_y], [right(at.next) + ring, sum_y]);
  return [
    { name: "latent to sum", kind: "image", points: from_latent, arrow: true, loop: true },
    {
      name: "guided noise to sum",
      kind: "noise",
      points: [
        [right(at.guided), guided_y],
        [lane, guided_y],
        [lane, sum_y],
        [right(at.sum) + edge, sum_y],
      ],
      arrow: true,
    },
    { ...to_next, loop: true },
    {
      name: "new latent to latent",
      kind: "image",
      points: [
        [at.next.left - 4, next_y],
        [up_x, next_y],
        [up_x, bottom(at.latent) + ring],
      ],
      arrow: true,
      loop: true,
    },
  ];
}

/** The new latent goes to the decoder, the decoder makes the picture. */
function leaving(at: Measured, layout: CircuitLayout["name"]): Wire[] {
  if (!at.decoder) return [];
  const [next_x] = centre(at.next);
  const wires: Wire[] = [];
  if (layout === "narrow") {
    const points: Point[] = [
      [next_x, bottom(at.next) + 4],
      [next_x, at.decoder.top - 1],
    ];
    wires.push({ name: "new latent to decoder", kind: "image", points, arrow: true });
  } else {
    const y = Math.min(bottom(at.next) + 28, bottom(at.refiner) - 12);
    const points: Point[] = [
      [next_x, bottom(at.next) + 4],
      [next_x, y],
      [at.decoder.left - 2, y],
    ];
    wires.push({ name: "new latent to decoder", kind: "image", points, arrow: true });
  }
  if (layout !== "narrow" && at.picture) {
    const x = centre(at.decoder)[0];
    const points: Point[] = [
      [x, at.decoder.top],
      [x, Math.max(bottom(at.picture) + 4, at.decoder.top - 20)],
    ];
    wires.push({ name: "decoder to picture", kind: "image", points, arrow: true });
  }
  return wires;
}

function straight(name: string, kind: Wire["kind"], from: Point, to: Point, arrow = true): Wire {
  return { name, kind, points: [from, to], arrow };
}
