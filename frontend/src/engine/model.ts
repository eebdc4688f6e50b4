import { readTensor, storedTensorsOf, type StoredTensor } from "../tensor/safetensors";
import { stacked, unstack, type Tensor } from "../tensor/tensor";
import { Graph } from "./graph";
import { PromptReader } from "./prompt-reader";

/** Gives a file of the model by its name below the model's folder. */
export type ReadFile = (name: string) => Promise<Uint8Array<ArrayBuffer>>;

const text_weights = "text_encoder/model.safetensors";
const unet_weights = "unet/diffusion_pytorch_model.safetensors";

/** The half of the model that draws: prompts and latents in, predicted noise out. */
export class DrawingModel {
  private constructor(
    readonly reader: PromptReader,
    private readonly token_table: StoredTensor,
    private readonly text_encoder: Graph,
    private readonly unet: Graph,
  ) {}

  static async load(read: ReadFile): Promise<DrawingModel> {
    const tokenizer = JSON.parse(new TextDecoder().decode(await read("tokenizer/tokenizer.json")));
    const text = await read(text_weights);
    const table = [...storedTensorsOf(text)].find(([name]) => name.endsWith("token_embedding.weight"))![1];
    return new DrawingModel(
      new PromptReader(tokenizer),
      table,
      await Graph.load(await read("graphs/text_encoder.onnx"), text_weights, text),
      await Graph.load(await read("graphs/unet.onnx"), unet_weights, await read(unet_weights)),
    );
  }

  /** The text representation [L, d] of the tokens with these ids. */
  async encode(ids: number[]): Promise<Tensor> {
    const token_embeddings = stacked([stacked(ids.map((id) => this.row(id)))]);
    const { text_embedding } = await this.text_encoder.run({ token_embeddings });
    return unstack(text_embedding!)[0]!;
  }

  /** For each latent [C, h, w] and its text: the noise predicted, and where each slot is attended to, [L, h, w]. */
  async predict(
    latents: Tensor[],
    timestep: number,
    texts: Tensor[],
  ): Promise<{ noise: Tensor[]; attention: Tensor[] }> {
    const { noise, attention } = await this.unet.run({
      latent: stacked(latents),
      timestep: latents.map(() => BigInt(timestep)),
      text_embedding: stacked(texts),
    });
    return { noise: unstack(noise!), attention: unstack(attention!) };
  }

  private row(id: number): Tensor {
    const { dtype, shape, bytes } = this.token_table;
    const width = bytes.length / shape[0]!;
    return readTensor("a token", {
      dtype,
      shape: shape.slice(1),
      bytes: bytes.subarray(id * width, (id + 1) * width),
    });
  }
}
