import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { relativeDistance } from "../maths/comparison";
import { guidedNoise, promptImpact } from "../maths/guidance";
import { readSafetensors } from "../maths/safetensors";
import { slice, weightedSum, type Tensor } from "../maths/tensor";
import { rowsBack } from "../maths/sum";
import type { CoefficientName, TraceFile } from "../wire/trace";

const gallery = join(import.meta.dirname, "../../../precomputed/gallery");

/** The stored runs that the page opens with, as the page reads them. */
const bundles = readdirSync(gallery)
  .filter((id) => /^[0-9a-f]{16}$/.test(id))
  .map((id) => {
    const trace: TraceFile = JSON.parse(readFileSync(join(gallery, id, "trace.json"), "utf8"));
    const bytes = readFileSync(join(gallery, id, trace.arrays.file));
    const arrays = readSafetensors(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
    );
    return { name: `${trace.request.prompt} (${trace.request.scheduler})`, trace, arrays };
  });

describe.each(bundles)("$name", ({ trace, arrays }) => {
  const tensor = (name: string, k: number): Tensor => slice(arrays.get(name)!, k);

  /** The tensor of a term at step k, made from what is stored. */
  function term(name: CoefficientName, k: number): Tensor {
    const past = k - rowsBack(name);
    if (name === "latent" || name === "previous_latent") return tensor("latents", past);
    if (name === "added_noise") return tensor("added_noise", k);
    if (!name.includes("predicted")) return tensor("noise_guided", past);
    const row = trace.steps[past]!;
    return weightedSum([
      { factor: row.latent_scale / row.signal_level, tensor: tensor("latents", past) },
      { factor: -row.noise_level / row.signal_level, tensor: tensor("noise_guided", past) },
    ]);
  }

  test("the guided noise is the generic noise plus w times the impact, as far as half precision carries", () => {
    const rounding = 2 ** -11 * (2 * trace.request.guidance_scale + 1);
    trace.steps.forEach((_, k) => {
      const unconditional = tensor("noise_unconditional", k);
      const impact = promptImpact(tensor("noise_conditional", k), unconditional);
      const guided = guidedNoise(unconditional, impact, trace.request.guidance_scale);
      expect(relativeDistance(guided, tensor("noise_guided", k))).toBeLessThan(rounding);
    });
  });

  test("each step's factors make the next latent", () => {
    trace.steps.forEach((row, k) => {
      const terms = Object.entries(row.coefficients).map(([name, factor]) => ({
        factor,
        tensor: term(name as CoefficientName, k),
      }));
      expect(relativeDistance(weightedSum(terms), tensor("latents", k + 1))).toBeLessThan(1e-2);
    });
  });

  test("there is a picture of every step", () => {
    expect(trace.pictures.latent.frames).toBe(trace.steps.length + 1);
    expect(trace.pictures.predicted.frames).toBe(trace.steps.length);
  });
});
