import { readTensor, storedTensorsOf } from "../tensor/safetensors";
import { stacked, unstack, type Tensor } from "../tensor/tensor";
import { Graph } from "./graph";
import type { ReadFile } from "./model";

/** A latent as a picture, four bytes a pixel, and as a unit vector of CLIP's shared space. */
export interface Look {
  pixels: Uint8ClampedArray<ArrayBuffer>;
  width: number;
  height: number;
  embedding: number[];
}

const decoder_weights = "vae/diffusion_pytorch_model.safetensors";
const clip_weights = "clip/model.safetensors";

/** The half of the model that looks at what is drawn: the decoder, and CLIP's image encoder. */
export class LookingModel {
  private constructor(
    private readonly decoder: Graph,
    private readonly image_encoder: Graph,
    /** [D, d] */
    private readonly text_projection: Tensor,
  ) {}

  static async load(read: ReadFile): Promise<LookingModel> {
    const clip = await read(clip_weights);
    const projection = storedTensorsOf(clip).get("text_projection.weight")!;
    return new LookingModel(
      await Graph.load(await read("graphs/decoder.onnx"), decoder_weights, await read(decoder_weights)),
      await Graph.load(await read("graphs/image_encoder.onnx"), clip_weights, clip),
      readTensor("text_projection.weight", projection),
    );
  }

  /** Looks at variance-preserving latents [C, h, w]. */
  async look(latents: Tensor[]): Promise<Look[]> {
    const latent = stacked(latents);
    const { pixels } = await this.decoder.run({ latent });
    const { embedding } = await this.image_encoder.run({ latent });
    const embeddings = unstack(embedding!).map(({ values }) => unit(values));
    return unstack(pixels!).map((picture, k) => ({ ...painted(picture), embedding: embeddings[k]! }));
  }

  /** The text representation of the end token, [d], as a unit vector of the shared space. */
  embedText(text: Float32Array): number[] {
    return unit(Float32Array.from(unstack(this.text_projection), ({ values }) => dot(values, text)));
  }
}

/** Colors [3, H, W] of −1…1 as pixels. */
function painted({ shape, values }: Tensor): Omit<Look, "embedding"> {
  const [, height, width] = shape as [number, number, number];
  const area = width * height;
  const pixels = new Uint8ClampedArray(4 * area).fill(255);
  for (let channel = 0; channel < 3; channel++)
    for (let k = 0; k < area; k++) pixels[4 * k + channel] = (values[channel * area + k]! / 2 + 0.5) * 255;
  return { pixels, width, height };
}

/** Of length 1, to six digits, as the server says it. */
function unit(vector: Float32Array): number[] {
  const length = Math.sqrt(dot(vector, vector));
  return Array.from(vector, (value) => Number((value / length).toFixed(6)));
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
