import { afterEach, expect, test, vi } from "vitest";
import { Playback, step_milliseconds } from "./playback.svelte";

afterEach(() => vi.useRealTimers());

test("a step stays inside the run", () => {
  const playback = new Playback(() => 25);
  playback.seek(99);
  expect(playback.step).toBe(24);
  playback.seek(-1);
  expect(playback.step).toBe(0);
});

test("playing shows a step every tenth of a second and stops at the last", () => {
  vi.useFakeTimers();
  const playback = new Playback(() => 3);
  playback.go(0);
  playback.play();
  vi.advanceTimersByTime(step_milliseconds);
  expect(playback.step).toBe(1);
  vi.advanceTimersByTime(step_milliseconds * 5);
  expect(playback.step).toBe(2);
  expect(playback.playing).toBe(false);
});

test("a slower speed holds each step longer, from the moment it is chosen", () => {
  vi.useFakeTimers();
  const playback = new Playback(() => 9);
  playback.go(0);
  playback.play();
  playback.setSpeed(0.25);
  vi.advanceTimersByTime(step_milliseconds * 7);
  expect(playback.step).toBe(1);
  vi.advanceTimersByTime(step_milliseconds);
  expect(playback.step).toBe(2);
  playback.pause();
  playback.setSpeed(2);
  vi.advanceTimersByTime(step_milliseconds);
  expect(playback.step).toBe(2);
});

test("playing at the end begins again", () => {
  vi.useFakeTimers();
  const playback = new Playback(() => 3);
  playback.go(2);
  playback.play();
  expect(playback.step).toBe(0);
  playback.pause();
});

test("it follows the newest step until the first touch", () => {
  let available = 1;
  const playback = new Playback(() => available);
  available = 5;
  playback.keepUp();
  expect(playback.step).toBe(4);
  playback.seek(2);
  available = 6;
  playback.keepUp();
  expect(playback.step).toBe(2);
  playback.newest();
  expect(playback.step).toBe(5);
});

test("a step that a link asks for is shown as soon as it is there", () => {
  let available = 0;
  const playback = new Playback(() => available);
  playback.await(6);
  expect(playback.linked).toBe(6);
  for (available = 1; available <= 12; available++) playback.keepUp();
  expect(playback.step).toBe(6);
});

test("who asks for the newest step no longer waits for one that a link asked for", () => {
  let available = 2;
  const playback = new Playback(() => available);
  playback.await(6);
  playback.newest();
  available = 9;
  playback.keepUp();
  expect(playback.step).toBe(8);
});

test("a step that was seen before comes back, but not over one that the reader chose meanwhile", () => {
  const playback = new Playback(() => 9);
  playback.follow();
  playback.keepUp();
  playback.restore(4);
  expect(playback.step).toBe(4);
  playback.seek(0);
  playback.restore(4);
  expect(playback.step).toBe(0);
});
