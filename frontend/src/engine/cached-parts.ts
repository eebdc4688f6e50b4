import type { Parts } from "./stored-file";

/** Parts of files in the browser's cache of that name. */
export class CachedParts implements Parts {
  private readonly cache: Promise<Cache>;

  constructor(name: string) {
    this.cache = caches.open(name);
  }

  async read(key: string): Promise<ArrayBuffer | null> {
    const found = await (await this.cache).match(key);
    return found ? found.arrayBuffer() : null;
  }

  async write(key: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await (await this.cache).put(key, new Response(bytes));
  }

  async remove(key: string): Promise<void> {
    await (await this.cache).delete(key);
  }
}
