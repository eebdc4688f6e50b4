import type { Cell } from "../tensor/tensor";
import type { ModelCard } from "../wire/trace";
import type { Picture } from "./picture";

/** The part of a decoded picture that stands over one cell of the latent. */
export function cellPicture({ image, frame }: Picture, { row, column }: Cell, model: ModelCard): Picture {
  const [, rows, columns] = model.latent_shape;
  const [width, height] = model.image_size;
  const whole = frame ?? { x: 0, y: 0, width, height };
  const [across, down] = [whole.width / columns, whole.height / rows];
  const part = { x: whole.x + column * across, y: whole.y + row * down, width: across, height: down };
  return { image, frame: part };
}
