import { expect, test } from "vitest";
import { rowsBack, schedulerSum } from "./sum";

test("DDIM keeps a share of the latent and takes a share of the noise", () => {
  expect(schedulerSum({ latent: 1.123, noise_guided: -0.135 })).toEqual({
    latent: 1.123,
    prediction: { name: "noise_guided", factor: -0.135 },
    rest: [],
  });
});

test("a sampler that thinks in clean latents shows its prediction as one", () => {
  const sum = schedulerSum({ latent: 0.9, predicted_latent: 0.2, previous_predicted_latent_1: -0.06 });
  expect(sum.prediction).toEqual({ name: "predicted_latent", factor: 0.2 });
  expect(sum.rest).toEqual([{ name: "previous_predicted_latent_1", factor: -0.06 }]);
});

test("no term that a sampler may record is lost", () => {
  const sum = schedulerSum({
    latent: 1,
    prediction_guided: -0.3,
    previous_prediction_1: 0.1,
    previous_noise_4: 0.2,
  });
  expect(sum.prediction.name).toBe("prediction_guided");
  expect(sum.rest.map((term) => term.name)).toEqual(["previous_prediction_1", "previous_noise_4"]);
});

test("terms without weight are left out and a missing latent counts nothing", () => {
  const sum = schedulerSum({ noise_guided: -1, previous_latent: 1, previous_noise_1: 0 });
  expect(sum.latent).toBe(0);
  expect(sum.rest.map((term) => term.name)).toEqual(["previous_latent"]);
});

test("a term's name tells how many rows back its tensor was made", () => {
  expect(rowsBack("previous_noise_3")).toBe(3);
  expect(rowsBack("previous_latent")).toBe(1);
  expect(rowsBack("added_noise")).toBe(0);
});
