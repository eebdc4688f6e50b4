export const words = {
  about: "Repeats this run up to a step, then goes on with other words or guidance. What is already decided?",
  step: "From step",
  draw: "Draw the branch",
  change_first: "Change the prompt, the negative prompt or the guidance.",
  until: (step: number, prompt: string) => `Until step ${step}: “${prompt}”`,
  after: (step: number) => `The prompt above holds from step ${step} on.`,
  whole: "Use it from the start",
} as const;
