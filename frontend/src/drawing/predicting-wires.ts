import { bottom, centre, right, type Rect } from "./rect";
import { edge, ring, straight, type LayoutName, type Measured, type Wire } from "./wire";

/** Latent → UNet → two noises → impact → guided noise. */
export function predicting(at: Measured, layout: LayoutName): Wire[] {
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
