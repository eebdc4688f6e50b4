export const words = {
  title: "What does each word change?",
  about: (seed: number) =>
    `The same prompt without each of its words, from the same noise (seed ${seed}), drawn in shared batches.`,
  picture: "Picture",
  without: "Prompt without the word",
  distance: "Distance of the final latents",
  where: "Where",
  map: (word: string) => `Where the picture without “${word}” differs`,
  legend: "Size of the difference in each cell of the final latent, one scale for all words",
  one_word: "A prompt of one word has none to leave out. Add another word and draw.",
  experiment: {
    missing: "not stored",
  },
} as const;
