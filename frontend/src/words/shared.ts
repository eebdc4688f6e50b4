import type { CoefficientName } from "../wire/trace";

/** Texts that several parts of the page say. */
export const shared = {
  page: {
    name: "Diffusion Explainer",
    replay: "replay only",
    mangled: "Part of this link cannot be read.",
    mangled_fix: (names: string[]) => `It was opened without ${names.join(", ")}.`,
    only_this: "No other run is stored that differs in this alone, and there is no server here to draw one.",
    replay_why: "There is no server to draw with here: every run of the gallery works, new prompts need one.",
  },
  prompt: {
    label: "Prompt",
    placeholder: "describe a picture",
    without: (phrase: string) => `Compare without “${phrase}”`,
    draw: "Draw",
    cancel: "Cancel",
    negative: "Negative prompt",
    compare: "Compare",
    seed: (seed: number) => `Seed ${seed}`,
    empty: "The prompt is empty.",
    empty_fix: "Type a word, or choose an example.",
    use: (value: unknown) => `Use ${value}`,
    tokens_cut: (count: number) => (count === 1 ? "1 token cut" : `${count} tokens cut`),
  },
  run: {
    asking: "Asking …",
    model_loading: "Waiting for the model, which is loading …",
    loading: "Loading the run …",
    next: "Next in the queue.",
    waiting: (position: number) => `${position} before it in the queue.`,
    waiting_title: "Waiting.",
    drawing: (step: number, rows: number) => `Drawing step ${step} of ${rows}`,
    reading: "Reading the prompt",
    left: (seconds: number) => (seconds < 1 ? "almost there" : `${Math.round(seconds)} s left`),
    stopped: (step: number) => (step > 0 ? `Stopped at step ${step}.` : "Stopped before the first step."),
    failed: "Could not draw.",
  },
  part: {
    failed: "This part could not be shown.",
    again: "Try again",
    reload: "Reload the page",
  },
  room: {
    open: (title: string) => `Open ${title}`,
  },
  text: {
    start: "start",
    end: "end",
    padding: "padding",
    map: (slots: number, width: number) =>
      `Text representation: a column for each of ${slots} slots, a row for each of ${width} numbers`,
  },
  noise: {
    title: "Starting noise",
    picture: (seed: number) => `Starting noise of seed ${seed}, as colours`,
  },
  quantities: {
    latent: "Latent",
    generic: "Generic noise",
    generic_of: "empty prompt",
    negative_of: "negative prompt",
    prompt: "Prompt noise",
    prompt_of: "your prompt",
    impact: "Impact of prompt",
    shown: (magnification: number) => `shown × ${magnification}`,
    guided: "Guided noise",
    guided_of: "of this step",
    guidance: "Guidance",
    numbers: "numbers",
    tile: (name: string, step: number) => `${name} at step ${step}, as colours`,
  },
  subscripts: { prompt: "prompt", generic: "generic", guided: "guided", next: "next" },
  terms: {
    latent: "latent",
    noise_guided: "guided noise",
    predicted_latent: "predicted clean latent",
    prediction_guided: "guided raw prediction",
    previous_latent: "latent of the step before",
    previous_noise_1: "noise 1 step ago",
    previous_noise_2: "noise 2 steps ago",
    previous_noise_3: "noise 3 steps ago",
    previous_noise_4: "noise 4 steps ago",
    previous_predicted_latent_1: "clean latent 1 step ago",
    previous_predicted_latent_2: "clean latent 2 steps ago",
    previous_predicted_latent_3: "clean latent 3 steps ago",
    previous_predicted_latent_4: "clean latent 4 steps ago",
    previous_prediction_1: "raw prediction 1 step ago",
    previous_prediction_2: "raw prediction 2 steps ago",
    previous_prediction_3: "raw prediction 3 steps ago",
    previous_prediction_4: "raw prediction 4 steps ago",
    added_noise: "fresh noise",
  } satisfies Record<CoefficientName, string>,
  picture: {
    which: "Which picture",
    now: "Now",
    heading: "Heading for",
    at: (step: number) => `step ${step}`,
    predicted:
      "What it would be if all the noise predicted now went at once: a rough guess that gains detail.",
    latent:
      "The latent as it is before this step, decoded: what is left of the noise still covers the picture.",
    alt: (kind: "latent" | "predicted", prompt: string, step: number, rows: number, noise: number) =>
      `${kind === "latent" ? "The picture now" : "The picture it is heading for"}, “${prompt}”, ` +
      `step ${step} of ${rows}, ${noise} % noise`,
  },
  timeline: {
    shares: (noise: number, signal: number) => `${noise} % noise, ${signal} % signal`,
  },
  comparison: {
    settings: (guidance: string, scheduler: string, steps: number) =>
      `guidance ${guidance}, ${scheduler}, ${steps} steps`,
    close: "Close",
    waiting: "waits for both runs",
  },
  experiment: {
    drawing: (drawn: number, all: number) => `${drawn} of ${all} drawn`,
    stored: (drawn: number, all: number) =>
      `${drawn} of ${all} are stored; there is no server here to draw the others.`,
    status: {
      waiting: "waits",
      drawing: "is being drawn",
      drawn: "drawn",
      stopped: "stopped",
      failed: "failed",
      missing: "not stored",
    },
  },
  branch: {
    from: (step: number) => `from step ${step} on`,
    guidance: (scale: string) => `guidance ${scale}`,
    without: (prompt: string) => `away from “${prompt}”`,
  },
  badges: {
    exact: ["exact", "Straight from the model: this was computed in this run."],
    approximate: [
      "approximate",
      "A projection or a colour view: the shape is right, colours and distances may not be.",
    ],
    illustrative: ["illustrative", "A drawing to explain the idea; no data of this run."],
  },
} as const;
