/** Where parts of files are kept, e.g. a browser's cache. */
export interface Parts {
  read(key: string): Promise<ArrayBuffer | null>;
  write(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  remove(key: string): Promise<void>;
}

/** A file of the model as its site lists it; `digest`: the first 16 hex digits of its SHA-256. */
export interface ListedFile {
  path: string;
  bytes: number;
  digest: string;
}

/** A download goes on after the last whole part. */
export const part_bytes = 2 ** 21;

/** A file that is fetched once, kept in parts, and read from there. */
export class StoredFile {
  constructor(
    private readonly base: string,
    readonly listed: ListedFile,
    private readonly parts: Parts,
  ) {}

  /** How many of its bytes are kept, from its beginning. */
  async kept(): Promise<number> {
    const { bytes } = this.listed;
    for (let part = 0; part * part_bytes < bytes; part++)
      if (!(await this.parts.read(this.key(part)))) return part * part_bytes;
    return bytes;
  }

  /** All of it; null unless every part is kept. */
  async read(): Promise<Uint8Array<ArrayBuffer> | null> {
    const whole = new Uint8Array(this.listed.bytes);
    for (let place = 0; place < whole.length; place += part_bytes) {
      const part = await this.parts.read(this.key(place / part_bytes));
      if (!part) return null;
      whole.set(new Uint8Array(part), place);
    }
    return whole;
  }

  /**
   * Fetches what is missing; `onbytes` is told how many bytes are there. Where the host gives no ranges, the file comes
   * from its beginning again. Throws for an answer that is not this file, and what `fetch` throws.
   */
  async download(onbytes: (bytes: number) => void, unwanted: AbortSignal): Promise<void> {
    const kept = await this.kept();
    onbytes(kept);
    if (kept === this.listed.bytes) return;
    const headers: HeadersInit = kept > 0 ? { range: `bytes=${kept}-` } : {};
    const address = this.base + this.listed.path;
    const response = await fetch(address, { headers, signal: unwanted, cache: "no-store" });
    if (!response.ok || !response.body) throw new Error(`${address}: the host answered ${response.status}.`);
    await this.keep(response.body, response.status === 206 ? kept : 0, kept, onbytes);
    await this.check();
  }

  /** Keeps a stream that begins at byte `from`; the first `kept` bytes are there already. */
  private async keep(
    stream: ReadableStream<Uint8Array>,
    from: number,
    kept: number,
    onbytes: (bytes: number) => void,
  ): Promise<void> {
    const part = new Uint8Array(part_bytes);
    const reader = stream.getReader();
    let place = from;
    for (let { value } = await reader.read(); value; { value } = await reader.read()) {
      for (let read = 0; read < value.length;) {
        const taken = value.subarray(read, read + part_bytes - (place % part_bytes));
        part.set(taken, place % part_bytes);
        read += taken.length;
        place += taken.length;
        const whole = place % part_bytes === 0 || place === this.listed.bytes;
        if (whole && place > kept) await this.keepPart(part, place);
      }
      onbytes(Math.max(place, kept));
    }
  }

  private async keepPart(part: Uint8Array<ArrayBuffer>, end: number): Promise<void> {
    const index = Math.ceil(end / part_bytes) - 1;
    await this.parts.write(this.key(index), part.slice(0, end - index * part_bytes));
  }

  /** Throws, and forgets the file, where what came is something else: what a hotspot shows, say. */
  private async check(): Promise<void> {
    const whole = await this.read();
    if (whole && (await digestOf(whole)) === this.listed.digest) return;
    for (let part = 0; part * part_bytes < this.listed.bytes; part++) await this.parts.remove(this.key(part));
    throw new Error(`${this.base}${this.listed.path} is not the file that the site lists.`);
  }

  private key(part: number): string {
    const { path, digest } = this.listed;
    return `${this.base}${path}?${digest}-${part}`;
  }
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
