import { expect, test } from "vitest";
import { filmLayout, numberedSteps } from "./film";

test("every step has a frame while there is room", () => {
  const film = filmLayout(1148, 25, 44);
  expect(film.frames.map((frame) => frame.step)).toEqual(Array.from({ length: 25 }, (_, k) => k));
  expect(film.size).toBeCloseTo(43.9, 1);
  expect(film.frames[9]!.centre).toBeCloseTo(film.centre(9));
});

test("a narrow film shows fewer steps and still stops at every one", () => {
  const film = filmLayout(358, 25, 30);
  expect(film.frames).toHaveLength(12);
  expect(film.frames.at(-1)!.centre + film.size / 2).toBeLessThanOrEqual(358);
  const stops = Array.from({ length: 25 }, (_, step) => film.stepAt(film.centre(step)));
  expect(stops).toEqual(Array.from({ length: 25 }, (_, k) => k));
});

test("a touch beyond the film stops at its ends", () => {
  const film = filmLayout(500, 10, 44);
  expect([film.stepAt(-20), film.stepAt(900)]).toEqual([0, 9]);
});

test("numbers stand at the first step, every fifth and the last", () => {
  expect(numberedSteps(25, 1148).map((step) => step + 1)).toEqual([1, 5, 10, 15, 20, 25]);
  expect(numberedSteps(1, 1148)).toEqual([0]);
  expect(numberedSteps(23, 1148).at(-1)).toBe(22);
});

test("a number of steps that no server would draw gets no more numbers than fit", () => {
  expect(numberedSteps(1e9, 900).length).toBeLessThanOrEqual(12);
});
