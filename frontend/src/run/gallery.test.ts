import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { relativeDistance } from "../tensor/comparison";
import { guidedNoise, promptImpact } from "../tensor/guidance";
import { norm, weightedSum, type Tensor } from "../tensor/tensor";
import { rowsBack } from "../tensor/sum";
import type { CoefficientName, TraceFile } from "../wire/trace";
import { guidanceAt } from "./conditioning";
import { storedTensors } from "./stored";

const gallery = join(import.meta.dirname, "../../../precomputed/gallery");

/** The stored runs that the page opens with, as the page reads them. */
const bundles = readdirSync(gallery)
  .filter((id) => /^[0-9a-f]{16}$/.test(id))
  .map((id) => {
    const trace: TraceFile = JSON.parse(readFileSync(join(gallery, id, "trace.json"), "utf8"));
    const bytes = readFileSync(join(gallery, id, trace.arrays.file));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    return {
      name: `${trace.request.prompt} (${trace.request.scheduler})`,
      trace,
      tensors: storedTensors(trace, file),
    };
  });

const half_precision = 2 ** -11;

describe.each(bundles)("$name", ({ trace, tensors }) => {
  const { latents, noise_unconditional, noise_conditional, noise_guided, added_noise } = tensors;

  /** The tensor of a term at step k, made from what is stored. */
  function term(name: CoefficientName, k: number): Tensor {
    const past = k - rowsBack(name);
    if (name === "latent" || name === "previous_latent") return latents[past]!;
    if (name === "added_noise") return added_noise[k]!;
    if (!name.includes("predicted")) return noise_guided[past]!;
    const row = trace.steps[past]!;
    return weightedSum([
      { factor: row.latent_scale / row.signal_level, tensor: latents[past]! },
      { factor: -row.noise_level / row.signal_level, tensor: noise_guided[past]! },
    ]);
  }

  test("the guided noise is the generic noise plus w times the impact", () => {
    trace.steps.forEach((_, k) => {
      const w = guidanceAt(trace.request, k);
      const tolerance = w > 1 ? 1e-6 * w : half_precision * (2 * w + 1);
      const unconditional = noise_unconditional[k]!;
      const guided = guidedNoise(unconditional, promptImpact(noise_conditional[k]!, unconditional), w);
      expect(relativeDistance(guided, noise_guided[k]!)).toBeLessThan(tolerance);
    });
  });

  test("the conditional noise is the recorded one but for the rounding that guidance multiplies", () => {
    trace.steps.forEach(({ norms }, k) => {
      expect(norm(noise_conditional[k]!) / norms.noise_conditional!).toBeCloseTo(1, 3);
    });
  });

  test("each step's factors make the next latent", () => {
    trace.steps.forEach((row, k) => {
      const terms = Object.entries(row.coefficients).map(([name, factor]) => ({
        factor,
        tensor: term(name as CoefficientName, k),
      }));
      expect(relativeDistance(weightedSum(terms), latents[k + 1]!)).toBeLessThan(1e-2);
    });
  });

  test("there is a picture of every step", () => {
    expect(trace.pictures.latent.frames).toBe(trace.steps.length + 1);
    expect(trace.pictures.predicted.frames).toBe(trace.steps.length);
  });
});
