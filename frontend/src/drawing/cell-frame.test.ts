import { expect, test } from "vitest";
import type { ModelCard } from "../wire/trace";
import { cellPicture } from "./cell-frame";

const model = { latent_shape: [4, 16, 16], image_size: [128, 128] } as unknown as ModelCard;
const image = {} as HTMLImageElement;

test("a cell stands over eight by eight pixels of its own frame", () => {
  const frame = { x: 256, y: 128, width: 128, height: 128 };
  const part = cellPicture({ image, frame }, { channel: 0, row: 2, column: 15 }, model);
  expect(part.frame).toEqual({ x: 256 + 120, y: 128 + 16, width: 8, height: 8 });
});

test("a picture of its own counts from its corner", () => {
  const part = cellPicture({ image, frame: null }, { channel: 0, row: 0, column: 1 }, model);
  expect(part.frame).toEqual({ x: 8, y: 0, width: 8, height: 8 });
});
