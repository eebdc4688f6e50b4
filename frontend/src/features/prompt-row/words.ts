export const words = {
  hint: "click a word to compare without it",
  leave: "Leave",
  draw_all: "Draw all",
  enter: "press Enter to draw",
  negative_help: "Replaces the empty prompt: guidance then moves away from what it describes.",
  settings: (scheduler: string, steps: number) => `${scheduler}, ${steps} steps`,
  scheduler: "Scheduler",
  steps: "Steps",
  steps_help: "More steps take smaller ones; they are not always better.",
  library: "Choose a prompt",
  gallery: "Ready to replay",
  examples: "To draw",
  header: {
    stored_runs: "There is no server here to draw with: these are the runs that are stored.",
  },
  comparison: {
    pairs: "Ready to compare",
    own: "Write a second prompt",
  },
  leave_one_out: {
    choice: "Leave each word out",
  },
  grid: {
    choice: "Grid of two settings",
  },
  branch: {
    choice: (step: number) => `Branch at step ${step}`,
  },
} as const;
