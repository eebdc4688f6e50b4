export const words = {
  split: (word: string, count: number) => `${word}: ${tokens(count)}`,
  padding_count: (count: number) => `padding: ${count} more end ${count === 1 ? "token" : "tokens"}`,
  waiting: "The slots show once the prompt is read.",
  map_cursor: "Slot of the text representation",
  columns: (width: number) =>
    `Slots 1 to 77 from left to right; each column is one vector of ${width} numbers.`,
  slot_title: (slot: number) => `Slot ${slot},`,
  vector: (width: number) => `The ${width} numbers of this slot as bars`,
  more: (count: number) => `… ${count} more`,
  has_read: (slot: number) =>
    slot === 0
      ? "The first slot has nothing before it to read: it is the same for every prompt."
      : slot === 1
        ? "It has read slot 1 and itself, none of the later ones."
        : `It has read slots 1 to ${slot} and itself, none of the later ones.`,
  alike: "How alike the slots are",
  alike_label: (slots: number) => `Cosine similarity of every two of the ${slots} slots`,
  pair: (slot: number, name: string, other: number, other_name: string) =>
    `Slot ${slot}, ${name}, and slot ${other}, ${other_name}:`,
  most_alike: (name: string, slot: number) => `Most like slot ${slot}, ${name}:`,
  least_alike: (name: string, slot: number) => `Least like slot ${slot}, ${name}:`,
  alike_help: "Dark is alike. Padding slots differ too: each has read your prompt.",
  too_long: "When a prompt is too long",
  cut_from_end: (count: number) => `${tokens(count)} ${count === 1 ? "is" : "are"} cut from the end.`,
  cut_count: (all: number, slots: number) =>
    `${all} with start and end; only ${slots} fit. The model never saw the rest.`,
  fits: (count: number, fit: number) => `This one fits: ${tokens(count)} of at most ${fit}.`,
  fits_help: "What goes beyond is cut from the end, so say first what matters most.",
  cut_example: "Show one that is too long",
  similarity: {
    title: "Where text and picture meet",
    clip:
      "CLIP has two towers, one that reads texts and one that sees pictures. They were trained together on pictures " +
      "with captions: pull each picture and its own caption together, push all others apart. The diffusion model " +
      "keeps the text tower. Here both are asked: 1 fits perfectly, 0 is unrelated.",
    loading: "Loading the pictures …",
    none: (model: string) =>
      `${model} comes without CLIP's picture tower, so nothing here can hold its pictures against the prompt.`,
    no_pictures: "There are no stored pictures of this model to hold the prompt against.",
    table: (prompt: string) =>
      `How well “${prompt}” and the prompts of stored pictures match each of these pictures`,
    picture: (prompt: string) => `Picture of “${prompt}”`,
    this_prompt: "your prompt",
    pairs: "a picture with its own prompt: what training pulled together",
    curve_title: "How well the picture matches your prompt",
    curve: (step: number, predicted: string, latent: string) =>
      `Match with the prompt at step ${step}: ${predicted} of the picture it is heading for, ${latent} of the picture now`,
    curve_help:
      "c is your prompt, v the picture of the step, both as vectors in the space that CLIP's towers share. Drawing " +
      "never looks at this number.",
    causal: "Change a word: which slots change?",
    causal_help: "The text tower reads from left to right and never back.",
    other_prompt: "Another prompt",
    read: "Read it",
    slot_changes: (prompt: string) => `How far each slot moves when the prompt is “${prompt}”`,
    changed_from: (first: number, word: string | null) =>
      first < 0
        ? "No slot changes."
        : first === 0
          ? "Every slot changes."
          : `Slots 1 to ${first} are the same; from slot ${first + 1}${word ? `, ${word},` : ""} on they change.`,
    changed_why: "Every later slot has read the change, even the padding.",
    empty: "The empty prompt is no silence",
    empty_help: (ends: number) =>
      `With no words the text tower still reads start and ${ends} end tokens. What it makes of them is what “generic” ` +
      "noise is predicted with: numbers like any others, not zeros.",
    negative: "The negative prompt",
    negative_help: (prompt: string) =>
      `In this run “${prompt}” stands where the empty prompt would: guidance moves away from it.`,
    zeros: "This model does not read an empty prompt: it takes all zeros instead.",
    empty_map: (slots: number, width: number) =>
      `Text representation of the empty or negative prompt: ${slots} slots of ${width} numbers`,
    like_prompt: "How like your prompt:",
  },
} as const;

function tokens(count: number): string {
  return count === 1 ? "1 token" : `${count} tokens`;
}
