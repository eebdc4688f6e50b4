// @vitest-environment jsdom
import { expect, test } from "vitest";
import type { JobEvent, JobEvents } from "../wire/events";
import { begun, runAfter, tensorFrom, withPicture, withStep, withText } from "./growth";
import { isWhole } from "./run";
import { stepView } from "./step-view";

const array = (...values: number[]) => ({
  dtype: "float32" as const,
  shape: [values.length, 1, 1],
  data: btoa(String.fromCharCode(...new Uint8Array(new Float32Array(values).buffer))),
});

const picture = "data:image/webp;base64,AAAA";

/** A step of a run of two: x_next = 0.5 · x − ε. */
function step(k: number): JobEvents["step"] {
  const row = {
    step: k,
    latent_scale: 1,
    signal_level: 0.6,
    noise_level: 0.8,
    coefficients: { latent: 0.5, noise_guided: -1 },
  };
  return {
    row: row as JobEvents["step"]["row"],
    rows: 2,
    arrays: {
      latent: array(4 - k),
      noise_unconditional: array(1),
      noise_conditional: array(1.25),
      noise_guided: array(3),
      next_latent: array(3 - k),
    },
    pictures: { latent: picture, predicted: picture },
  };
}

const start = begun({ id: "1", steps: 2 } as JobEvents["tokens"]);
const text = { latent: array(4), picture, sigma: 14, latent_scale: 1 };
const read = withText(start, {
  text_embedding: array(1, 2),
  unconditional_text_embedding: array(0, 0),
  start: text,
});

test("an array of an event becomes a tensor", () => {
  expect(tensorFrom(array(1, -2))).toEqual({ shape: [2, 1, 1], values: new Float32Array([1, -2]) });
});

test("before the first step only the starting noise can be seen", () => {
  const view = stepView(read, 0);
  expect([...view.latent!.values]).toEqual([4]);
  expect([view.row, view.noise_guided, view.next_latent, view.sum]).toEqual([null, null, null, null]);
});

test("a run grows row by row until it is whole", () => {
  const one = withStep(read, step(0));
  expect(isWhole(one)).toBe(false);
  expect([...stepView(one, 0).prompt_impact!.values]).toEqual([0.25]);
  expect([...stepView(one, 0).next_latent!.values]).toEqual([3]);
  expect(isWhole(withStep(one, step(1)))).toBe(true);
});

test("a step told twice, after a broken connection, changes nothing", () => {
  const once = withStep(read, step(0));
  expect(withStep(once, step(0)).latents).toEqual(once.latents);
});

test("growth leaves the earlier run as it was", () => {
  withStep(read, step(0));
  expect(read.steps).toEqual([]);
});

test("the decoded picture is the last of the latent's pictures", () => {
  const whole = withPicture(withStep(withStep(read, step(0)), step(1)), { picture });
  expect(whole.pictures.latent).toHaveLength(3);
  expect(whole.pictures.final).toBe(whole.pictures.latent[2]);
});

test("a run knows that the safety checker withheld its picture", () => {
  expect(withPicture(read, { picture, withheld: true }).withheld).toBe(true);
  expect(withPicture(read, { picture }).withheld).toBe(false);
});

test("events of a job make its run, one after another", () => {
  const events: JobEvent[] = [
    { name: "tokens", body: { id: "1", steps: 2 } as JobEvents["tokens"] },
    { name: "step", body: step(0) },
    { name: "step", body: step(1) },
    { name: "decoded", body: { picture } },
    { name: "done", body: { id: "1", seconds: 3 } },
  ];
  const run = events.reduce(runAfter, null);
  expect(isWhole(run!)).toBe(true);
  expect(run).toMatchObject({ id: "1", seconds: 3 });
  expect(run!.pictures.final).not.toBeNull();
  expect(runAfter(run, { name: "queued", body: { position: 1 } })).toBe(run);
  expect(runAfter(null, { name: "step", body: step(0) })).toBeNull();
});
