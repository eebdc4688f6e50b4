import { expect, test } from "vitest";
import { scheduleOf, type ScheduleFile } from "./schedule-file";

const file: ScheduleFile = {
  variance_exploding: true,
  terms: ["latent", "noise_guided", "added_noise"],
  schedules: {
    2: {
      start_scale: 5,
      final_sigma: 0,
      rows: [
        [501, 0.75, 1, -0.75, 0.5],
        [1, 0.1, 1, -0.1, 0],
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
