import type { Run } from "../../run/run";

/** What the texts say about the model and the run that are shown, as text that is ready to print. */
export interface Facts {
  name: string;
  /** Shapes: "4×16×16" and "3×128×128". */
  latent: string;
  picture: string;
  latent_count: string;
  picture_count: string;
  /** How many times as many numbers the picture holds. */
  times: number;
  slots: number;
  width: number;
  rows: number;
  first_timestep: number;
  last_timestep: number;
  scheduler: string;
  unet_parameters: string;
}

/** What the article says about a run, in the reader's notation. */
export function factsOf(run: Run, scheduler: string): Facts {
  const { model } = run;
  const picture = [3, ...model.image_size.toReversed()];
  const unet = model.components.find(({ role }) => role === "unet");
  return {
    name: model.name,
    latent: model.latent_shape.join("×"),
    picture: picture.join("×"),
    latent_count: product(model.latent_shape).toLocaleString("en"),
    picture_count: product(picture).toLocaleString("en"),
    times: Math.round(product(picture) / product(model.latent_shape)),
    slots: model.text_shape[0],
    width: model.text_shape[1],
    rows: run.rows,
    first_timestep: run.steps[0]?.timestep ?? 0,
    last_timestep: run.steps.at(-1)?.timestep ?? 0,
    scheduler,
    unet_parameters: (unet?.parameters ?? 0).toLocaleString("en"),
  };
}

function product(shape: number[]): number {
  return shape.reduce((result, length) => result * length, 1);
}
