import { bottom, centre, right, type Point } from "./rect";
import { edge, ring, straight, type LayoutName, type Measured, type Wire } from "./wire";

/** The scheduler's sum: a share of the latent and a share of the noise make the new latent. */
export function subtracting(at: Measured, layout: LayoutName): Wire[] {
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
