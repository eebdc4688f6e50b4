import type { QuestionName } from "./question";

interface QuestionWords {
  ask: (changed: string) => string;
  options: [string, string, string];
  /** Which of them happens. */
  happens: 0 | 1 | 2;
  measured: (value: number) => string;
  why: string;
}

/** Predict, then look: each question with three answers, what is measured in the real run, and why. */
export const questions = {
  title: "Your turn: predict, then look",
  lead: "Say what you expect before you look. Every answer is a real run, made from yours by one change.",
  number: (number: number) => `Question ${number}`,
  choose: "Choose an answer first",
  look: "Look",
  run: "Run it and look",
  nearest: "Look at the nearest run",
  lacking: (prompt: string, seed: number) =>
    `The gallery does not hold this run. The nearest answer it has starts from “${prompt}”, seed ${seed}.`,
  nothing: "The gallery holds no run that answers this, and there is no server here to draw one.",
  waiting: "These questions wait until the run is drawn.",
  unaskable: "This run is at the end of that scale already; open another one to be asked.",
  expected: "You expected:",
  right: "That is what happens.",
  wrong: "What happens:",
  before: "The run",
  yours: "Your run",
  changed: "Changed",
  finished: "finished",
  first_forecast: "forecast of step 1",
  open: "Open the changed run in the explorer",
  picture: (which: string, prompt: string, detail: string) => `${which}: “${prompt}”, ${detail}`,
  details: {
    guidance_scale: (value: unknown) => `guidance ${value}`,
    seed: (value: unknown) => `seed ${value}`,
    steps: (value: unknown) => `${value} steps`,
    prompt: (value: unknown) => `“${value}”`,
    negative_prompt: (value: unknown) => (value ? `negative prompt “${value}”` : "no negative prompt"),
    scheduler: (value: unknown) => `scheduler ${value}`,
    branched_from: () => "",
  },
  list: {
    forecast: {
      ask: () => "After its very first look at the noise, what does the model forecast?",
      options: [
        "Noise, only a little less of it",
        "A rough blend of what could come",
        "The finished picture",
      ],
      happens: 1,
      measured: (percent) =>
        `At step 1 the latent holds ${percent.toFixed(0)} % noise, and still there is a forecast.`,
      why: "So much is open at step 1 that the best guess blends all that could come, and guidance exaggerates it; the details follow as the noise goes.",
    },
    guidance_0: {
      ask: () => "Guidance 0, all else the same. What will it draw?",
      options: ["The same thing, only paler", "Something the prompt has no say in", "Nothing but noise"],
      happens: 1,
      measured: (gap) =>
        `In that run the guided noise differs from the generic noise by at most ${gap.toPrecision(2).replace(/^0\.0+$/, "0")}.`,
      why: "With w = 0 the impact of the prompt is multiplied by nothing: only the generic noise is left, and it never read your prompt.",
    },
    guidance_20: {
      ask: () => "Guidance 20, all else the same. What happens to the picture?",
      options: [
        "It follows the prompt three times as closely",
        "It gets harsher: more contrast, fewer nuances",
        "It stays as it is",
      ],
      happens: 1,
      measured: (ratio) => `The numbers of its final latent are ${ratio.toFixed(2)} times as large.`,
      why: "Guidance extrapolates far beyond both predictions, to latents the UNet rarely met in training.",
    },
    seed: {
      ask: (changed) => `The neighbouring seed, ${changed}. How near is its picture?`,
      options: [
        "Nearly the same picture",
        "The same picture, a little moved",
        "A different picture of the same prompt",
      ],
      happens: 2,
      measured: (r) =>
        `The two starting noises correlate by ${r.toFixed(3).replace("-", "−")}; 1 would be alike, 0 is unrelated.`,
      why: "A seed starts a random generator, and a generator has no neighbours: one number on, every draw is another.",
    },
    word: {
      ask: (changed) => `The words change to ${changed}. Which of the prompt's vectors change with them?`,
      options: [
        "Only those of the changed words",
        "Those of the changed words and all behind them",
        "All of them",
      ],
      happens: 1,
      measured: (slot) =>
        slot > 0
          ? `The vectors of the first ${slot} slots are exactly the same.`
          : "Here the very first word differs.",
      why: "CLIP's text encoder reads from left to right: what comes later has read the change, padding included; what came before has not.",
    },
    negative: {
      ask: (changed) => `With the ${changed}: which of the two predictions of step 1 changes?`,
      options: ["The prompt noise", "The generic noise", "Both"],
      happens: 1,
      measured: (distance) =>
        `The generic noise of step 1 moved by ${(distance * 100).toFixed(1)} % of its length.`,
      why: "The negative prompt takes the place of the empty prompt, and only the generic noise is predicted with that.",
    },
    steps: {
      ask: (changed) => `Twice as many looks, ${changed}. How much better is the picture?`,
      options: ["Twice as sharp", "Nearly the same picture", "A different picture"],
      happens: 1,
      measured: (distance) =>
        `The two final latents differ by ${(distance * 100).toFixed(0)} % of their length.`,
      why: "From the same noise, smaller steps follow nearly the same path; once the steps are small enough, more of them change little.",
    },
    scheduler: {
      ask: () => "The same noise, but an ancestral scheduler. Where does it lead?",
      options: ["To the same picture", "To another picture of the prompt", "To noise"],
      happens: 1,
      measured: (distance) =>
        `The two final latents differ by ${(distance * 100).toFixed(0)} % of their length.`,
      why: "An ancestral scheduler adds fresh noise at every step, so it wanders off the path that the others follow.",
    },
  } satisfies Record<QuestionName, QuestionWords> as Record<QuestionName, QuestionWords>,
};
