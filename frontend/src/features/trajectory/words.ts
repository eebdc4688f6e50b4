export const words = {
  map: "Map of the latents; plus and minus zoom, arrow keys move, 0 shows all of it",
  closer: "Zoom in",
  farther: "Zoom out",
  whole: "All",
  start: "same start",
  run: (letter: string, prompt: string) => `Run ${letter}, “${prompt}”: step on the map`,
  point: (letter: string, step: number, rows: number) =>
    step > rows ? `${letter}, finished` : `${letter}, step ${step} of ${rows}`,
  laying: "Laying the runs out …",
  none: "No map of these runs is stored.",
  none_why: "Laying runs out takes a server; the pairs of the gallery bring their maps.",
  variance: (x: number, y: number) =>
    `x shows ${percent(x)}, y ${percent(y)} of the variance of these runs; grey: other runs.`,
  neighbours: "UMAP keeps neighbours together, not distances; grey: other runs.",
  distances: "True distances are in the curve of the timeline.",
} as const;

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
