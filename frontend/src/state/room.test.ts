import { expect, test } from "vitest";
import { Room } from "./room.svelte";

test("a station opens at the mechanism and goes back one level at a time", () => {
  const room = new Room([]);
  room.open("refiner");
  expect([room.name, room.level]).toEqual(["refiner", 2]);
  room.go(3);
  room.back();
  expect([room.name, room.level]).toEqual(["refiner", 2]);
  room.back();
  expect([room.name, room.level]).toEqual([null, 1]);
});

test("a closed station is remembered, so that the focus can return", () => {
  const room = new Room([]);
  room.open("text", 3);
  room.close();
  expect(room.left).toBe("text");
  room.open("noise");
  expect(room.left).toBeNull();
});

test("with nothing open there is no level to go to", () => {
  const room = new Room([]);
  room.go(3);
  expect(room.opened).toBeNull();
});
