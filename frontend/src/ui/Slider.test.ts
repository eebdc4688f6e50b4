// @vitest-environment jsdom
import { fireEvent, render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import { guidanceAt, guidancePosition, nextMark } from "../features/refiner/guidance-scale";
import Slider from "./Slider.svelte";

function guidance(value: number, unavailable: string | null = null) {
  const moved: number[] = [];
  render(Slider, {
    label: "Guidance",
    value,
    minimum: 0,
    maximum: 20,
    step: 0.5,
    position: guidancePosition,
    valueAt: guidanceAt,
    page: nextMark,
    unavailable,
    oninput: (next: number) => moved.push(next),
  });
  const slider = screen.getByLabelText("Guidance");
  const press = (key: string) => fireEvent.keyDown(slider, { key });
  const drag = (share: number) => fireEvent.input(slider, { target: { value: String(share) } });
  return { moved, press, drag };
}

test("arrow keys move by a half and page keys to the next mark", async () => {
  const { moved, press } = guidance(7);
  for (const key of ["ArrowRight", "ArrowLeft", "PageUp", "PageDown", "Home", "End"]) await press(key);
  expect(moved).toEqual([7.5, 6.5, 20, 1, 0, 20]);
});

test("the hand moves along the scale, to the half", async () => {
  const { moved, drag } = guidance(7);
  for (const share of [0, 0.5, 1]) await drag(share);
  expect(moved).toEqual([0, 5, 20]);
});

test("a slider that is not available stays and says why", async () => {
  const { moved, press, drag } = guidance(7, "There is no server.");
  const slider = screen.getByLabelText<HTMLInputElement>("Guidance");
  const there = slider.value;
  await press("ArrowRight");
  await drag(0.5);
  expect(moved).toEqual([]);
  expect(slider.value).toBe(there);
  expect(slider.getAttribute("aria-disabled")).toBe("true");
  expect(slider.title).toBe("There is no server.");
});
