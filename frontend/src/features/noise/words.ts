export const words = {
  seed: "Seed",
  roll: "Another seed",
  view: "colour view",
  help: "The seed generates this noise. It enters the loop once, as the latent of step 1.",
} as const;
