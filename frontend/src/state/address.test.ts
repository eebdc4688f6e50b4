// @vitest-environment jsdom
import { beforeEach, expect, test, vi } from "vitest";
import { keepAddress, runOf, viewOf } from "./address";
import type { PageLink } from "./link";

const rabbit: PageLink = {
  request: { prompt: "a rabbit" },
  step: null,
  picture: null,
  others: [],
  experiment: null,
  beside: null,
  room: null,
};
const fox: PageLink = { ...rabbit, request: { prompt: "a fox" } };

beforeEach(() => history.replaceState(null, "", "#"));

test("the first view takes the entry that is there, the next gets its own", () => {
  const entries = history.length;
  keepAddress(rabbit);
  expect(location.hash).toBe("#prompt=a+rabbit");
  expect(history.length).toBe(entries);
  keepAddress(fox);
  expect(location.hash).toBe("#prompt=a+fox");
  expect(history.length).toBe(entries + 1);
});

test("another step of the same view makes no entry and is written once it rests", () => {
  vi.useFakeTimers();
  keepAddress(rabbit);
  const entries = history.length;
  keepAddress({ ...rabbit, step: 3 })?.();
  keepAddress({ ...rabbit, step: 4 });
  expect(location.hash).toBe("#prompt=a+rabbit");
  vi.runAllTimers();
  expect(location.hash).toBe("#prompt=a+rabbit&step=5");
  expect(history.length).toBe(entries);
  vi.useRealTimers();
});

test("an open station is another view of the same run", () => {
  const opened: PageLink = { ...rabbit, room: { name: "text", level: 2 } };
  expect(viewOf(opened)).not.toBe(viewOf(rabbit));
  expect(runOf(opened)).toBe(runOf(rabbit));
  expect(runOf(fox)).not.toBe(runOf(rabbit));
});
