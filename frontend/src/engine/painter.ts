import type { Seen } from "./generate";
import type { Look, LookingModel } from "./looking-model";
import type { Tensor } from "../tensor/tensor";
import type { Sheet } from "../wire/trace";
import { base64 } from "./wire-array";

/** A file of pictures and how they lie in it. */
export interface PackedSheet extends Omit<Sheet, "file"> {
  bytes: Uint8Array<ArrayBuffer>;
}

/** The pictures of a run, as files of its bundle. */
export interface PackedPictures {
  latent: PackedSheet;
  predicted: PackedSheet;
  final: Uint8Array<ArrayBuffer>;
}

const [quality, sheet_quality] = [0.8, 0.75];

/** Looks at a run while it is drawn, and packs its pictures at the end. Lives in a worker. */
export class Painter {
  private latent: Look[] = [];
  private predicted: Look[] = [];
  /** Done once everything asked before is seen. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly model: Promise<LookingModel>) {}

  /** Forgets the run before. */
  begin(): void {
    this.latent = [];
    this.predicted = [];
  }

  /**
   * x_t, and x̂0 except of the finished picture, which has none. One look after another: a browser encodes pictures
   * only while their worker is idle.
   */
  look(latents: Tensor[]): Promise<Seen[]> {
    const seen = this.turn.then(() => this.see(latents));
    this.turn = seen.catch(() => {});
    return seen;
  }

  private async see(latents: Tensor[]): Promise<Seen[]> {
    const looks = await (await this.model).look(latents);
    this.latent.push(looks[0]!);
    if (looks[1]) this.predicted.push(looks[1]);
    return Promise.all(
      looks.map(async (look) => ({ picture: await dataUrl(look), embedding: look.embedding })),
    );
  }

  async embedText(text: Float32Array): Promise<number[]> {
    return (await this.model).embedText(text);
  }

  /** The pictures of the whole run. */
  async pack(): Promise<PackedPictures> {
    const final = this.latent.at(-1)!;
    return {
      latent: await packed(this.latent),
      predicted: await packed(this.predicted),
      final: await encoded(canvasOf([final], 1), "image/png"),
    };
  }
}

/** Pictures of one size row by row in one file. */
async function packed(looks: Look[]): Promise<PackedSheet> {
  const columns = Math.ceil(Math.sqrt(looks.length));
  const { width, height } = looks[0]!;
  const bytes = await encoded(canvasOf(looks, columns), "image/webp", sheet_quality);
  return { bytes, frames: looks.length, columns, width, height };
}

async function dataUrl(look: Look): Promise<string> {
  const blob = await canvasOf([look], 1).convertToBlob({ type: "image/webp", quality });
  return `data:${blob.type};base64,${base64(new Uint8Array(await blob.arrayBuffer()))}`;
}

async function encoded(
  canvas: OffscreenCanvas,
  type: string,
  quality?: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const blob = await canvas.convertToBlob({ type, quality });
  return new Uint8Array(await blob.arrayBuffer());
}

function canvasOf(looks: Look[], columns: number): OffscreenCanvas {
  const { width, height } = looks[0]!;
  const canvas = new OffscreenCanvas(columns * width, Math.ceil(looks.length / columns) * height);
  const context = canvas.getContext("2d")!;
  looks.forEach(({ pixels }, k) => {
    context.putImageData(
      new ImageData(pixels, width, height),
      (k % columns) * width,
      Math.floor(k / columns) * height,
    );
  });
  return canvas;
}
