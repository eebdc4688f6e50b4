/** The guided tour, a title and a few sentences a stop; no longer than a phone's card holds. */
export const tour = {
  title: "Guided tour",
  at: (stop: number, all: number) => `Stop ${stop} of ${all}`,
  next: "Next",
  back: "Back",
  done: "Finish",
  close: "Leave the tour",
  again: "Start over",
  keys: "Arrow keys go on and back, Escape leaves.",
  stops: {
    prompt: [
      "It begins with words",
      "You write what the picture should show. The model never sees the letters: a text encoder turns them into numbers first.",
    ],
    tokens: [
      "Words become tokens",
      "The prompt is cut into pieces with a number each, framed by start and end, and padded to 77 slots. What does not fit is cut at the end.",
    ],
    vectors: [
      "Tokens become vectors",
      "Every slot gets a vector of its own. A slot has read the words before it, never those behind it.",
    ],
    seed: [
      "A seed makes the noise",
      "The seed only starts the random generator. Neighbouring seeds give noise as different as any other.",
    ],
    latent: [
      "The latent, at step 1",
      "This small array is what gets refined. At step 1 it is nothing but the starting noise. Its colours are our own mapping.",
    ],
    unet: [
      "The UNet looks for noise",
      "It gets the latent, the text and the timestep t, and answers with all the noise it believes is there.",
    ],
    twice: [
      "It is asked twice",
      "Once with an empty prompt, or the negative one if you gave one: generic noise. Once with yours: prompt noise. To the eye they look alike.",
    ],
    impact: [
      "What the prompt did",
      "Subtract one from the other, and the impact of the prompt is left. It is so small that it is shown magnified.",
    ],
    guidance: [
      "Guidance, set to 1 for this step",
      "Guidance multiplies that impact. Here this step is made again at once with 1, from the same two noises. Try 0 and 20; the picture itself needs a new run.",
    ],
    scheduler: [
      "Only a share goes",
      "The scheduler sets both factors. The latent is scaled too: it is not merely noise being subtracted.",
    ],
    loop: ["Round again", "The new latent is the latent of the next step. We have just gone one step on."],
    heading: [
      "Where it is heading",
      "If all the noise predicted now went at once, this would be left: first a rough guess, later detail.",
    ],
    film: [
      "Every step at once",
      "The film shows the forecast of each step, the curve how much noise is left. Drag along it, or press play.",
    ],
    decoder: [
      "From latent to pixels",
      "After the last step the decoder turns the latent into a picture with 48 times as many numbers. It decodes, it does not enlarge.",
    ],
    compare: [
      "Which word did what?",
      "Compare two prompts that start from the same noise: whatever differs is due to the words.",
    ],
    article: [
      "And now the whole story",
      "The article goes through all of this slowly, with your run in its figures, and asks you to predict what comes next.",
    ],
  },
} as const;

export type StopName = keyof typeof tour.stops;
