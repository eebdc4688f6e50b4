export const words = {
  title: "Both runs and their difference at this step",
  prompt: (letter: string) => `Prompt ${letter}`,
  another: "Another prompt",
  alone: (letter: string) => `Show ${letter} alone`,
  leave_out: (letter: string) => `Take ${letter} out of the comparison`,
  same_seed: (seed: number) => `Same seed ${seed}, same starting noise`,
  only_words: "only the words differ",
  swap: "Swap",
  difference: "Difference",
  size: "size of B − A",
  legend: "0 to the largest of all steps",
  text: "Text representation",
  latent: "Latent",
  prompt_impact: "Impact",
  noise_guided: "Guided noise",
  picture: { latent: "Picture now", predicted: "Picture it is heading for" },
  previews: "From the pictures as they are shown here: compressed with loss, and shrunk where they are large",
  map: (name: string, step: number, limit: number) =>
    `Difference: ${name} at step ${step}, as colours from 0 to ${limit.toPrecision(3)}`,
  stations: {
    text: "Text",
    noise: "Noise",
    attention: "Cross-attention",
    refiner: "Refiner",
    decoder: "Decoder",
  },
  identical: (slot: number) => (slot > 1 ? `identical before slot ${slot + 1}` : "every slot differs"),
  identical_all: "identical in every slot",
  slots: "Distance of the two text representations in each slot",
  beside_titles: { pca: "Trajectories", umap: "Trajectories", pictures: "Pictures", words: "Where read" },
  read: (letter: string, word: string, step: number, share: string) =>
    `${letter}: where “${word}” is read at step ${step}, ${share} of the attention`,
  read_about: "Cross-attention of the words that differ at this step, one scale for both runs and all steps.",
  no_words: "Every word of it is in the other prompt too.",
  no_attention: "No attention is stored with this run.",
  open_both: "Open in both",
  beside: "What stands beside the steps",
  replaced: (removed: number, added: number) => `${tokens(removed)} replaced by ${added}`,
  added: (count: number) => `${tokens(count)} added`,
  removed: (count: number) => `${tokens(count)} removed`,
  same: "the same words",
  trajectories: {
    options: { pca: "PCA", umap: "UMAP", pictures: "Pictures", words: "Words" },
  },
} as const;

function tokens(count: number): string {
  return count === 1 ? "1 token" : `${count} tokens`;
}
