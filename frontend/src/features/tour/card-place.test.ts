import { expect, test } from "vitest";
import { cardPlace } from "./card-place";

const room = { width: 1440, height: 900 };
const card = { width: 320, height: 200 };
const timeline = { left: 0, top: 732, width: 1440, height: 168 };

test("a card stands to the right of what it speaks of", () => {
  const target = { left: 32, top: 136, width: 288, height: 300 };
  expect(cardPlace(target, card, room, timeline)).toEqual({ left: 336, top: 136 });
});

test("at the right edge it stands to the left", () => {
  const target = { left: 1104, top: 136, width: 304, height: 300 };
  expect(cardPlace(target, card, room, timeline).left).toBe(1104 - 320 - 16);
});

test("over a target as wide as the window it stands above or below", () => {
  expect(cardPlace(timeline, card, room, null).top).toBe(732 - 200 - 16);
});

test("where nothing fits beside it, it takes the corner that covers least", () => {
  const target = { left: 20, top: 20, width: 1400, height: 700 };
  expect(cardPlace(target, card, room, null).top).toBe(900 - 200 - 12);
});
