import { readFloats } from "../tensor/half";
import type { Tensor } from "../tensor/tensor";
import type { JobEvent, JobEvents, WireArray } from "../wire/events";
import { restoredConditional } from "./half-noise";
import { pictureFrom } from "../drawing/picture";
import type { Run } from "./run";

/** The run after one more event of its job: null until its first. */
export function runAfter(run: Run | null, event: JobEvent): Run | null {
  if (event.name === "tokens") return begun(event.body);
  if (!run) return null;
  switch (event.name) {
    case "text":
      return withText(run, event.body);
    case "step":
      return withStep(run, event.body);
    case "decoded":
      return withPicture(run, event.body);
    case "done":
      return { ...run, seconds: event.body.seconds };
    default:
      return run;
  }
}

/** A run of which only the words are known yet. */
export function begun({ steps, ...event }: JobEvents["tokens"]): Run {
  return {
    ...event,
    rows: steps,
    steps: [],
    latents: [],
    noise_unconditional: [],
    noise_conditional: [],
    noise_guided: [],
    added_noise: [],
    text_embedding: null,
    unconditional_text_embedding: null,
    clip_embeddings: null,
    final_latent_scale: 1,
    pictures: { latent: [], predicted: [], final: null },
    seconds: null,
    withheld: false,
  };
}

/** The run with its text representation and its starting noise. */
export function withText(run: Run, event: JobEvents["text"]): Run {
  return {
    ...run,
    text_embedding: tensorFrom(event.text_embedding),
    unconditional_text_embedding: tensorFrom(event.unconditional_text_embedding),
    clip_embeddings: event.clip_embeddings ? { prompt: event.clip_embeddings.prompt, picture: null } : null,
    latents: placed(run.latents, 0, tensorFrom(event.start.latent)),
    pictures: { ...run.pictures, latent: placed(run.pictures.latent, 0, pictureFrom(event.start.picture)) },
  };
}

/** The run with one more row; a row told twice changes nothing. */
export function withStep(run: Run, { row, rows, arrays, pictures }: JobEvents["step"]): Run {
  const k = row.step;
  const noises = {
    noise_unconditional: tensorFrom(arrays.noise_unconditional),
    noise_conditional: tensorFrom(arrays.noise_conditional),
    noise_guided: tensorFrom(arrays.noise_guided),
  };
  const half = arrays.noise_conditional.dtype === "float16";
  const noise_conditional = half ? restoredConditional(run.request, k, noises) : noises.noise_conditional;
  const latents = placed(run.latents, k, tensorFrom(arrays.latent));
  return {
    ...run,
    rows,
    steps: placed(run.steps, k, row),
    latents: placed(latents, k + 1, tensorFrom(arrays.next_latent)),
    noise_unconditional: placed(run.noise_unconditional, k, noises.noise_unconditional),
    noise_conditional: placed(run.noise_conditional, k, noise_conditional),
    noise_guided: placed(run.noise_guided, k, noises.noise_guided),
    added_noise: arrays.added_noise
      ? placed(run.added_noise, k, tensorFrom(arrays.added_noise))
      : run.added_noise,
    pictures: {
      ...run.pictures,
      latent: placed(run.pictures.latent, k, pictureFrom(pictures.latent)),
      predicted: placed(run.pictures.predicted, k, pictureFrom(pictures.predicted)),
    },
  };
}

/** The run with its finished picture. */
export function withPicture(run: Run, { picture, withheld = false }: JobEvents["decoded"]): Run {
  const final = pictureFrom(picture);
  return {
    ...run,
    pictures: { ...run.pictures, latent: placed(run.pictures.latent, run.rows, final), final },
    withheld,
  };
}

export function tensorFrom({ dtype, shape, data }: WireArray): Tensor {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  return { shape, values: readFloats(bytes, dtype) };
}

function placed<T>(list: T[], k: number, entry: T): T[] {
  const copy = list.slice();
  copy[k] = entry;
  return copy;
}
