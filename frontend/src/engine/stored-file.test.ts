import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { part_bytes, StoredFile, type Parts } from "./stored-file";

const content = randomBytes(3 * part_bytes + 1000);
const digest = createHash("sha256").update(content).digest("hex").slice(0, 16);
const listed = { path: "model/weights", bytes: content.length, digest };

class Memory implements Parts {
  readonly kept = new Map<string, Uint8Array<ArrayBuffer>>();
  async read(key: string) {
    return this.kept.get(key)?.slice().buffer ?? null;
  }
  async write(key: string, bytes: Uint8Array<ArrayBuffer>) {
    this.kept.set(key, bytes);
  }
  async remove(key: string) {
    this.kept.delete(key);
  }
}

let server: Server;
afterEach(() => server.close());

/** A host that answers as told; the answer is its address. `ranges`: what it was asked for. */
async function host(answer: (response: ServerResponse, from: number) => void) {
  const ranges: (string | undefined)[] = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(response, Number(/\d+/.exec(request.headers.range ?? "0")![0]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { ranges, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

const wanted = new AbortController().signal;
const ignore = () => {};

/** Breaks off after two parts and a half. */
function broken(response: ServerResponse): void {
  response.writeHead(200, { "content-length": content.length });
  response.write(content.subarray(0, 2.5 * part_bytes), () => response.destroy());
}

test("a file comes whole, and is not fetched again", async () => {
  const { base, ranges } = await host((response) => response.end(content));
  const file = new StoredFile(base, listed, new Memory());
  const told: number[] = [];
  await file.download((bytes) => told.push(bytes), wanted);
  await file.download(ignore, wanted);
  expect(ranges).toEqual([undefined]);
  expect([told[0], told.at(-1)]).toEqual([0, content.length]);
  expect(Buffer.from((await file.read())!).equals(content)).toBe(true);
});

test.for([
  ["that gives ranges goes on after the last whole part", 206],
  ["that gives none begins anew", 200],
] as const)("a download that broke off, from a host %s", async ([, status]) => {
  let calls = 0;
  const { base, ranges } = await host((response, from) => {
    if (++calls === 1) return broken(response);
    response.writeHead(status).end(status === 206 ? content.subarray(from) : content);
  });
  const file = new StoredFile(base, listed, new Memory());
  await expect(file.download(ignore, wanted)).rejects.toThrow();
  expect([await file.kept(), await file.read()]).toEqual([2 * part_bytes, null]);
  const told: number[] = [];
  await file.download((bytes) => told.push(bytes), wanted);
  expect(ranges).toEqual([undefined, `bytes=${2 * part_bytes}-`]);
  expect(Math.min(...told)).toBe(2 * part_bytes);
  expect(Buffer.from((await file.read())!).equals(content)).toBe(true);
});

test("a download that is cancelled keeps what came", async () => {
  const { base } = await host((response) => response.end(content));
  const file = new StoredFile(base, listed, new Memory());
  const cancelled = new AbortController();
  const cancel = (bytes: number) => bytes > part_bytes && cancelled.abort();
  await expect(file.download(cancel, cancelled.signal)).rejects.toThrow("abort");
  expect(await file.kept()).toBeGreaterThanOrEqual(part_bytes);
});

test.for([
  ["another page", "<html>Please log in</html>"],
  ["other bytes", randomBytes(content.length)],
])("%s in the file's place is refused and forgotten", async ([, answer]) => {
  const { base } = await host((response) => response.end(answer));
  const parts = new Memory();
  await expect(new StoredFile(base, listed, parts).download(ignore, wanted)).rejects.toThrow("not the file");
  expect(parts.kept.size).toBe(0);
});
