import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TraceFile } from "../wire/trace";
import { scheduleOf, type ScheduleFile } from "./schedule-file";

const file: ScheduleFile = {
  variance_exploding: true,
  terms: ["latent", "noise_guided", "added_noise"],
  rows: [
    [1, 0.1, 1, -0.1, 0],
    [751, 4, 1, -4, 0],
    [501, 0.75, 1, -0.75, 0.5],
  ],
  schedules: {
    2: {
      start_scale: 5,
      final_sigma: 0,
      runs: [
        [2, 1],
        [0, 1],
      ],
    },
  },
};

test("a row has its levels, and the terms that are in its sum", () => {
  const { rows, start_scale, final } = scheduleOf(file, 2);
  expect(start_scale).toBe(5);
  expect(rows[0]).toEqual({
    timestep: 501,
    sigma: 0.75,
    signal_level: 0.8,
    noise_level: expect.closeTo(0.6, 12),
    latent_scale: 0.8,
    coefficients: { latent: 1, noise_guided: -0.75, added_noise: 0.5 },
  });
  expect(rows[1]!.coefficients).toEqual({ latent: 1, noise_guided: -0.1 });
  expect(final).toEqual({ sigma: 0, latent_scale: 1 });
});

test("a latent whose variance is kept is seen as it is", () => {
  const { rows } = scheduleOf({ ...file, variance_exploding: false }, 2);
  expect(rows.map((row) => row.latent_scale)).toEqual([1, 1]);
});

const precomputed = join(import.meta.dirname, "../../../precomputed");

function read<T>(...path: string[]): T {
  return JSON.parse(readFileSync(join(precomputed, ...path), "utf8")) as T;
}

test("the shipped plans are what the stored runs did", () => {
  const ids = readdirSync(join(precomputed, "gallery")).filter((name) => /^[0-9a-f]{16}$/.test(name));
  for (const id of ids) {
    const { request, steps, final } = read<TraceFile>("gallery", id, "trace.json");
    const plan = scheduleOf(read("schedules", `${request.scheduler}.json`), request.steps);
    expect(plan.rows.map((row) => row.timestep)).toEqual(steps.map((row) => row.timestep));
    expect(plan.final.sigma).toBeCloseTo(final.sigma, 6);
    plan.rows.forEach(({ coefficients, ...levels }, k) => {
      expect(Object.keys(coefficients).sort()).toEqual(Object.keys(steps[k]!.coefficients).sort());
      expect(levels).toMatchObject(close(levels, steps[k]!));
      expect(coefficients).toMatchObject(close(coefficients, steps[k]!.coefficients));
    });
  }
});

/** The numbers that `of` names, to six digits. */
function close(of: object, numbers: object): Record<string, unknown> {
  const named = Object.entries(numbers).filter(([name]) => name in of);
  return Object.fromEntries(named.map(([name, value]) => [name, expect.closeTo(value as number, 5)]));
}
