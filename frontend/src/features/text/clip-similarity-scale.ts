interface Similarity {
  latent: number;
  predicted: number;
}

/** Where steps and cosines lie in a curve of a run of `rows` steps; it always shows 0 and 1. */
export function similarityScale(similarities: Similarity[], rows: number, width: number, height: number) {
  const lowest = Math.min(0, ...similarities.flatMap(({ latent, predicted }) => [latent, predicted]));
  const floor = Math.floor(lowest * 5) / 5;
  const [top, bottom, side] = [14, height - 6, 6];
  return {
    x: (step: number) => side + (step / Math.max(rows - 1, 1)) * (width - 2 * side),
    y: (value: number) => bottom - ((value - floor) / (1 - floor)) * (bottom - top),
    ticks: [0, 0.5, 1],
  };
}
