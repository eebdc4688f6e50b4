import type { AttentionLayer, ModelCard } from "../wire/trace";
import { CachedParts } from "./cached-parts";
import { StoredFile, type ListedFile } from "./stored-file";

/** What a site says of the model that it brings along. */
export interface ModelListing {
  /** Everything that is needed to draw: weights, graphs, the tokenizer, and the WebAssembly that runs them. */
  files: ListedFile[];
  card: ModelCard;
  /** Whose mean the attention maps are. */
  attention_layers: AttentionLayer[];
}

export interface Progress {
  bytes: number;
  all: number;
}

/** Of all sites below one origin: the same file is kept once, and dropped by nothing but `tidy`. */
const cache_name = "diffusion-explainer model";
const weights_folder = "model/";

/** The files of the model on this device. `base`: the address of the site. */
export class ModelFiles {
  private readonly files: StoredFile[];

  constructor(
    base: string,
    readonly listing: ModelListing,
  ) {
    const parts = new CachedParts(cache_name);
    this.files = listing.files.map((listed) => new StoredFile(base, listed, parts));
  }

  /** Bytes of all files together. */
  get all(): number {
    return this.listing.files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Bytes that are on this device. */
  async kept(): Promise<number> {
    const kept = await Promise.all(this.files.map((file) => file.kept()));
    return kept.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Fetches what is missing; of several tabs that ask, one does, and the others find it done. */
  async download(onprogress: (progress: Progress) => void, unwanted: AbortSignal): Promise<void> {
    await navigator.locks.request(cache_name, { signal: unwanted }, async () => {
      let before = 0;
      for (const file of this.files) {
        await file.download((bytes) => onprogress({ bytes: before + bytes, all: this.all }), unwanted);
        before += file.listed.bytes;
      }
    });
  }

  /** A file by its name below the model's folder; WebAssembly by how its name ends. */
  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const file = this.files.find(
      ({ listed: { path } }) => path === weights_folder + name || path.endsWith(name),
    );
    const bytes = await file?.read();
    if (!bytes) throw new Error(`${name} is not on this device.`);
    return bytes;
  }

  async json<T>(name: string): Promise<T> {
    return JSON.parse(new TextDecoder().decode(await this.read(name))) as T;
  }
}
