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
