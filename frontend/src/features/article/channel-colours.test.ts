import { expect, test } from "vitest";
import { channelColours } from "./channel-colours";
import { signed_stops } from "../../drawing/scales";

test("a channel runs from blue over paper to orange and leaves the others alone", () => {
  const latent = { shape: [2, 1, 3], values: new Float32Array([9, 9, 9, -2, 0, 2]) };
  const bytes = channelColours(latent, 1, 2);
  const colours = [0, 1, 2].map((cell) => [...bytes.subarray(cell * 4, cell * 4 + 3)]);
  expect(colours).toEqual(signed_stops);
});
