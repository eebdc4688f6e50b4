export const words = {
  numbers: "What a seed is",
  numbers_help: (count: string, shape: string) =>
    `A seed starts a generator of random numbers; it gives ${count} of them, ${shape}. They are all the seed ` +
    "decides. They are drawn on the CPU, so that a seed means the same noise on every machine.",
  histogram: "How often each size of number is drawn, and the bell curve they follow",
  mean: "mean",
  spread: "spread",
  channel: (channel: number) => `Channel ${channel}`,
  channel_of: (channel: number, seed: number) =>
    `Channel ${channel} of the noise of seed ${seed}, blue below zero, orange above`,
  neighbours: "Neighbouring seeds are unrelated",
  neighbours_help:
    "The same prompt and settings from the seeds next to this one. A seed is a name for a noise, not a dial: one " +
    "more or less gives noise that has nothing to do with it.",
  draw_neighbours: (first: number, last: number) => `Draw seeds ${first} to ${last}`,
  cancel: "Stop",
  seed_of: (seed: number) => `Seed ${seed}`,
  open_seed: (seed: number) => `Show the run of seed ${seed}`,
  this_one: "this run",
  finished: (seed: number) => `Finished picture of seed ${seed}`,
  noise_of: (seed: number) => `Starting noise of seed ${seed}, decoded`,
  not_stored: "not stored",
  failed: "failed",
  stopped: "stopped",
  only_stored: "There is no server here to draw with; these are the seeds that are stored.",
  no_stored: "No other seed of this prompt is stored, and there is no server here to draw one.",
  formula: "From a seed to the first latent",
  formula_text: (count: string, shape: string) =>
    `The seed s starts a generator of random numbers on the CPU. It gives ${count} independent numbers z, ${shape}; ` +
    "each follows the bell curve of mean 0 and variance 1.",
  first: "first",
  starts_at: (scheduler: string, factor: string) =>
    factor === "1"
      ? `${scheduler} starts from z itself: its factor is 1.`
      : `${scheduler} counts noise in σ and starts with the most of it: its factor is ${factor}.`,
  place: "number",
  as_drawn: "from the seed",
  as_recorded: "latent of step 1",
  redrawn: (seed: number, difference: string) =>
    `Your browser has drawn the numbers of seed ${seed} again: none is further than ${difference} from what this ` +
    "run recorded (recorded numbers are rounded). Prompt, guidance and steps have no part in it.",
  other_generator:
    "Your browser draws other numbers from this seed: the model drew its noise in another precision or on another " +
    "device. The same seed means the same noise only with the same generator, size and precision.",
  bell: "The bell curve",
  bell_text: (count: string) =>
    `How often each size occurs among the ${count} numbers of this run (bars), and what the bell curve expects (line).`,
  within: (spreads: number) => `within ±${spreads}`,
  expected: (value: string) => `expected ${value}`,
  alike_text: (chance: string) =>
    `Correlation of every two noises: 1 is the same noise, as the same seed always gives it; 0 is unrelated, and chance alone strays about ±${chance} from it.`,
  alike_table: "Correlation of the noises of neighbouring seeds",
} as const;
