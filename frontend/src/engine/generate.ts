import { conditioningAt } from "../run/conditioning";
import { promptImpact } from "../tensor/guidance";
import { seedNoise } from "../tensor/seed-noise";
import { norm, weightedSum, type Tensor } from "../tensor/tensor";
import type { JobEvent } from "../wire/events";
import type { ClipEmbeddings, EarlierRun, ModelCard, TraceRequest } from "../wire/trace";
import { contentId } from "./content-id";
import type { DrawingModel } from "./model";
import { Sampler, type Sampled, type Schedule, type ScheduledRow } from "./sampler";
import { wireArray } from "./wire-array";

/** A picture as a data URL, and what CLIP says of it. */
export interface Seen {
  picture: string;
  embedding: number[];
}

/** Looks at latents as the UNet sees them; answers come in the order of the questions. */
export interface Eyes {
  look(latents: Tensor[]): Promise<Seen[]>;
  /** The text representation of the prompt's end token in CLIP's shared space. */
  embedText(text: Float32Array): Promise<number[]>;
}

/** A model on this device: what predicts, what looks, and its card. */
export interface Device {
  card: ModelCard;
  model: DrawingModel;
  eyes: Eyes;
}

/** What is kept of a run beside its events. */
export interface Recorded {
  steps: Sampled[];
  /** Where each of all slots is attended to, [L, h, w] of every step. */
  attention: Tensor[];
  text_embedding: Tensor;
  unconditional_text_embedding: Tensor;
  clip_embeddings: ClipEmbeddings;
  final: Schedule["final"];
  seconds: number;
}

/** Draws a request and reports what the server would report, up to the last picture. Throws what `unwanted` says. */
export async function generate(
  device: Device,
  request: TraceRequest,
  schedule: Schedule,
  onevent: (event: JobEvent) => void,
  unwanted: AbortSignal,
): Promise<Recorded> {
  const drawing = new Drawing(device, request, schedule, onevent);
  await drawing.start();
  while (drawing.rest) {
    await drawing.step();
    await nextTask(); // so that what is said to this worker is heard
    unwanted.throwIfAborted();
  }
  return drawing.finish();
}

class Drawing {
  private readonly sampler: Sampler;
  private readonly texts = new Map<string, Promise<Tensor>>();
  private readonly attention: Tensor[] = [];
  private readonly started = performance.now();
  private prompt_embedding: number[] = [];
  /** Done once everything drawn so far is looked at and reported. */
  private reported = Promise.resolve();
  private clock = this.started;

  constructor(
    private readonly device: Device,
    private readonly request: TraceRequest,
    private readonly schedule: Schedule,
    private readonly onevent: (event: JobEvent) => void,
  ) {
    const { latent_shape } = device.card;
    const size = latent_shape.reduce((product, length) => product * length, 1);
    const noises = seedNoise(request.seed, size * (schedule.rows.length + 1));
    const noise = (k: number) => ({
      shape: [...latent_shape],
      values: noises.slice(k * size, (k + 1) * size),
    });
    this.sampler = new Sampler(schedule, noise);
  }

  /** Rows to come. */
  get rest(): number {
    return this.schedule.rows.length - this.sampler.steps.length;
  }

  /** Reports the tokens. */
  async start(): Promise<void> {
    const { device, request } = this;
    const { reader } = device.model;
    this.onevent({
      name: "tokens",
      body: {
        id: await contentId(request, device.card.fingerprint),
        request,
        model: device.card,
        ...reader.read(request.prompt),
        negative_tokens: reader.read(request.negative_prompt).tokens,
        origins: await this.origins(),
        steps: this.schedule.rows.length,
      },
    });
  }

  /** Draws a row; it is looked at and reported while the next is drawn. */
  async step(): Promise<void> {
    const { sampler, device } = this;
    const k = sampler.steps.length;
    const row = sampler.row!;
    const conditioning = conditioningAt(this.request, k);
    const { seen } = sampler;
    const texts = await Promise.all([
      this.text(conditioning.negative_prompt),
      this.text(conditioning.prompt),
    ]);
    const { noise, attention } = await device.model.predict([seen, seen], row.timestep, texts);
    const made = sampler.step(noise[0]!, noise[1]!, conditioning.guidance_scale);
    this.attention.push(attention[1]!);
    const now = performance.now();
    const seconds = (now - this.clock) / 1000;
    this.clock = now;
    const looking = device.eyes.look([seen, made.predicted_latent]);
    this.reported = this.reported.then(async () => this.report(k, row, made, seconds, await looking));
    this.reported.catch(() => {}); // whoever waits for it next hears of it
  }

  /** Waits until every row is reported, and reports the finished picture. */
  async finish(): Promise<Recorded> {
    const { final } = this.schedule;
    const last = this.sampler.steps.at(-1)!.next_latent;
    const latent = weightedSum([{ factor: final.latent_scale, tensor: last }]);
    const [seen] = await this.device.eyes.look([latent]);
    await this.reported;
    this.onevent({ name: "decoded", body: { picture: seen!.picture, withheld: false } });
    const { prompt, negative_prompt } = this.request;
    return {
      steps: this.sampler.steps,
      attention: this.attention,
      text_embedding: await this.text(prompt),
      unconditional_text_embedding: await this.text(negative_prompt),
      clip_embeddings: { prompt: this.prompt_embedding, picture: seen!.embedding },
      final,
      seconds: (performance.now() - this.started) / 1000,
    };
  }

  private async report(
    k: number,
    row: ScheduledRow,
    made: Sampled,
    seconds: number,
    seen: Seen[],
  ): Promise<void> {
    const [latent, predicted] = seen as [Seen, Seen];
    if (k === 0) await this.reportText(row, made, latent.picture);
    const { added_noise, predicted_latent: _, ...tensors } = made;
    const added = added_noise ? { added_noise: wireArray(added_noise) } : {};
    const match = (one: Seen) => dot(one.embedding, this.prompt_embedding);
    const clip_similarity = { latent: match(latent), predicted: match(predicted) };
    this.onevent({
      name: "step",
      body: {
        row: { step: k, ...row, residual: 0, norms: normsOf(made), seconds, clip_similarity },
        rows: this.schedule.rows.length,
        arrays: { ...mapped(tensors, wireArray), ...added },
        pictures: { latent: latent.picture, predicted: predicted.picture },
      },
    });
  }

  private async reportText(row: ScheduledRow, made: Sampled, picture: string): Promise<void> {
    const { prompt, negative_prompt } = this.request;
    const [text, unconditional] = await Promise.all([this.text(prompt), this.text(negative_prompt)]);
    const end = this.device.model.reader.read(prompt).tokens.findIndex(({ kind }) => kind === "end");
    const [, width] = text.shape as [number, number];
    this.prompt_embedding = await this.device.eyes.embedText(
      text.values.slice(end * width, (end + 1) * width),
    );
    this.onevent({
      name: "text",
      body: {
        text_embedding: wireArray(text),
        unconditional_text_embedding: wireArray(unconditional),
        start: {
          latent: wireArray(made.latent),
          latent_scale: row.latent_scale,
          sigma: row.sigma,
          picture,
        },
        clip_embeddings: { prompt: this.prompt_embedding },
      },
    });
  }

  private text(prompt: string): Promise<Tensor> {
    const { model } = this.device;
    const known = this.texts.get(prompt);
    const encoded = known ?? model.encode(model.reader.read(prompt).tokens.map(({ id }) => id));
    this.texts.set(prompt, encoded);
    return encoded;
  }

  private origins(): Promise<EarlierRun[]> {
    const { card, model } = this.device;
    const origins = this.request.branched_from ?? [];
    return Promise.all(
      origins.map(async ({ step, ...guidance }, index) => {
        const original = { ...this.request, ...guidance, branched_from: origins.slice(0, index) };
        const id = await contentId(original, card.fingerprint);
        return { step, id, tokens: model.reader.read(original.prompt).tokens };
      }),
    );
  }
}

function normsOf({ added_noise: _, next_latent: __, ...tensors }: Sampled): Record<string, number> {
  const prompt_impact = promptImpact(tensors.noise_conditional, tensors.noise_unconditional);
  return mapped({ ...tensors, prompt_impact }, norm);
}

function mapped<Name extends string, A, B>(
  record: Record<Name, A>,
  change: (value: A) => B,
): Record<Name, B> {
  const entries = Object.entries<A>(record).map(([name, value]) => [name, change(value)]);
  return Object.fromEntries(entries) as Record<Name, B>;
}

function dot(a: number[], b: number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
