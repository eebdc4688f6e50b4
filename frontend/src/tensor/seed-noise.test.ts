import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TraceFile } from "../wire/trace";
import { correlation } from "./distribution";
import { readSafetensors } from "./safetensors";
import { seedNoise } from "./seed-noise";
import { slice } from "./tensor";

test("a seed gives the numbers that torch draws from it", () => {
  const drawn = [-0.076644, 0.359882, -0.782017, 0.071528, 0.485114, 0.205234, 0.338428, 1.352754];
  const noise = seedNoise(3, 20); // four numbers, and the last sixteen once more
  [0, 1, 2, 3, 16, 17, 18, 19].forEach((place, k) => expect(noise[place]).toBeCloseTo(drawn[k]!, 4));
});

test("the noise made from a seed is the one that the stored run began with", () => {
  const gallery = join(import.meta.dirname, "../../../precomputed/gallery");
  const id = readdirSync(gallery).find((name) => /^[0-9a-f]{16}$/.test(name))!;
  const trace: TraceFile = JSON.parse(readFileSync(join(gallery, id, "trace.json"), "utf8"));
  const { buffer } = new Uint8Array(readFileSync(join(gallery, id, trace.arrays.file)));
  const start = slice(readSafetensors(buffer).get("latents")!, 0).values;
  const noise = seedNoise(trace.request.seed, start.length);
  const scale = trace.steps[0]!.latent_scale;
  noise.forEach((value, i) => expect(Math.abs(value - start[i]! * scale)).toBeLessThan(0.005));
});

test("neighbouring seeds give noises that have nothing in common", () => {
  const [one, next] = [seedNoise(7, 4096), seedNoise(8, 4096)];
  expect(Math.abs(correlation(one, next))).toBeLessThan(0.06);
  expect(correlation(one, seedNoise(7, 4096))).toBeCloseTo(1, 6);
});
