export const words = {
  mechanism:
    "A network of its own turns the latent of this step into a picture. It never sees the prompt: all it needs is in these numbers.",
  latent: "Latent",
  picture: "Picture",
  channel: (channel: number, step: number) => `Channel ${channel} of the latent at step ${step}`,
  decoded: (kind: "latent" | "predicted", step: number) =>
    `${kind === "latent" ? "The latent" : "The predicted clean latent"} of step ${step}, decoded`,
  one_cell: "One cell becomes a block of pixels",
  block: (row: number, column: number) => `The pixels over row ${row}, column ${column}`,
  cell_text: (channels: number, across: number, down: number) =>
    `The ${channels} numbers of the marked cell lie under these ${across}×${down} pixels of 3 colours. The decoder looks at the cells around it too, so that blocks join without a seam.`,
  not_enlarging: "Decoding, not enlarging",
  colour_view: (step: number) => `The latent of step ${step} enlarged, as colours`,
  enlarged_text: "The same latent only enlarged, its channels mapped to colours.",
  why: "Why latents at all",
  why_text:
    "The UNet works on the latent, never on pixels. The same loop over pixels would carry far more numbers at every turn.",
  saved: (calls: number, latent: string, picture: string) =>
    `In this run the UNet was asked ${calls} times, each time over ${latent} numbers instead of ${picture}.`,
  lost: "What is lost",
  lost_text: (channels: number, pixels: number) =>
    `An encoder was trained with the decoder: it packs ${pixels} numbers of a block into ${channels}, the decoder unpacks them. What does not fit is gone.`,
  detail: (across: number, down: number) =>
    `of this picture's contrast lies inside blocks of ${across}×${down} pixels. That detail is drawn by the decoder, from what it learnt.`,
  detail_alt: (percent: number) => `${percent} % of the contrast lies inside the blocks`,
  not_measured:
    "Fine print, hair and small faces suffer first. How much a picture loses on its way in cannot be measured here: this one never was pixels before it was decoded.",
} as const;
