import type { BundleFiles } from "./bundle";

const cache_name = "diffusion-explainer runs";
const most_runs = 100;

const types: Record<string, string> = { json: "application/json", webp: "image/webp", png: "image/png" };

/** Runs that were drawn here, under the addresses that a server would give their files: the service worker finds them. */
export class KeptRuns {
  /** `base`: the address of the site. */
  constructor(private readonly base: string) {}

  /** Keeps a run, and drops the oldest beyond a hundred. */
  async keep(id: string, files: BundleFiles): Promise<void> {
    const cache = await caches.open(cache_name);
    for (const [name, bytes] of Object.entries(files)) {
      const type = types[name.split(".").at(-1)!] ?? "application/octet-stream";
      await cache.put(this.address(id, name), new Response(bytes, { headers: { "content-type": type } }));
    }
    const indexes = (await cache.keys()).filter(({ url }) => url.endsWith("/trace.json"));
    for (const { url } of indexes.slice(0, -most_runs)) await drop(cache, url.slice(0, -"trace.json".length));
  }

  /** True where all of the run is here. */
  async has(id: string): Promise<boolean> {
    return (await caches.match(this.address(id, "trace.json"), { cacheName: cache_name })) !== undefined;
  }

  private address(id: string, name: string): string {
    return `${this.base}api/traces/${id}/files/${name}`;
  }
}

async function drop(cache: Cache, folder: string): Promise<void> {
  for (const request of await cache.keys()) if (request.url.startsWith(folder)) await cache.delete(request);
}
