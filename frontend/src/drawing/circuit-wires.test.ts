import { expect, test } from "vitest";
import { circuitLayout, type CircuitNode } from "./circuit-layout";
import { circuitWires } from "./circuit-wires";
import type { Anchors } from "./wire";

/** Boxes as they are measured when the refiner fills a panel of the layout's own size. */
function measured(width: number): Anchors {
  const layout = circuitLayout(width);
  const sizes: Partial<Record<CircuitNode, [number, number]>> = {
    latent: [layout.latent_tile, layout.latent_tile],
    next: [layout.latent_tile, layout.latent_tile],
    unet: layout.unet,
  };
  const tiles: CircuitNode[] = ["generic", "prompt", "impact", "guided"];
  for (const tile of tiles) sizes[tile] = [layout.tile, layout.tile];
  const anchors: Anchors = { refiner: { left: 0, top: 0, width: layout.width, height: layout.height } };
  for (const [name, [x, y]] of Object.entries(layout.nodes)) {
    const [w, h] = sizes[name as CircuitNode] ?? [26, 26];
    anchors[name as CircuitNode] = { left: x - w / 2, top: y - h / 2, width: w, height: h };
  }
  return anchors;
}

test.each([720, 472, 358])("every wire of a panel %i wide runs straight along the axes", (width) => {
  const wires = circuitWires(measured(width), circuitLayout(width).name);
  expect(wires.length).toBeGreaterThan(10);
  for (const { name, points } of wires) {
    points.slice(1).forEach(([x, y], i) => {
      const [x0, y0] = points[i]!;
      const slant = Math.min(Math.abs(x - x0), Math.abs(y - y0));
      expect(slant, name).toBeLessThan(0.01);
    });
  }
});

test("the loop closes: latent, UNet, sum, new latent, latent", () => {
  const loop = circuitWires(measured(720), "wide").filter((wire) => wire.loop);
  expect(loop.map((wire) => wire.name)).toEqual([
    "latent to UNet",
    "latent to sum",
    "sum to new latent",
    "new latent to latent",
  ]);
});

test("nothing is drawn before everything is measured", () => {
  expect(circuitWires({}, "wide")).toEqual([]);
});

test("stations in one column send their wires down, not across", () => {
  const anchors = measured(720);
  const stations: Anchors = {
    noise_station: { left: 0, top: -200, width: 720, height: 180 },
    decoder: { left: 0, top: 600, width: 720, height: 100 },
  };
  const wires = circuitWires({ ...anchors, ...stations }, "wide");
  for (const name of ["starting noise to latent", "new latent to decoder"]) {
    const points = wires.find((wire) => wire.name === name)!.points;
    expect(new Set(points.map(([x]) => x)).size, name).toBe(1);
  }
});
