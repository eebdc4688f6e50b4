import { bottom, centre, right, type Point, type Rect } from "./rect";
import { ring, type LayoutName, type Measured, type Wire } from "./wire";

/** Words and starting noise come in. */
export function entering(at: Measured, layout: LayoutName): Wire[] {
  const [unet_x] = centre(at.unet);
  const notch: Point = [unet_x, at.unet.top + (layout === "wide" ? -3 : 2)];
  const wires: Wire[] = [];
  if (layout === "narrow" && at.text) {
    wires.push({
      name: "text to UNet",
      kind: "text",
      points: [[unet_x, bottom(at.text)], notch],
      arrow: true,
    });
    if (at.noise_station) {
      const [x] = centre(at.latent);
      const points: Point[] = [
        [x, bottom(at.noise_station)],
        [x, at.refiner.top],
      ];
      wires.push({ name: "starting noise to latent", kind: "start", points, arrow: true });
    }
  } else if (at.text_station) {
    const y = at.refiner.top + (at.unet.top - at.refiner.top) * 0.5;
    wires.push({
      name: "text to UNet",
      kind: "text",
      points: [[right(at.text_station), y], [unet_x, y], notch],
      arrow: true,
    });
  }
  if (layout !== "narrow" && at.noise_station) wires.push(starting(at, at.noise_station));
  return wires;
}

function starting(at: Measured, station: Rect): Wire {
  const gutter = right(station) + (at.refiner.left - right(station)) * 0.55;
  const [, latent_y] = centre(at.latent);
  const y = station.top + Math.min(112, station.height / 2);
  return {
    name: "starting noise to latent",
    kind: "start",
    points: [
      [right(station), y],
      [gutter, y],
      [gutter, latent_y],
      [at.latent.left - ring, latent_y],
    ],
    arrow: true,
  };
}

/** The new latent goes to the decoder, the decoder makes the picture. */
export function leaving(at: Measured, layout: LayoutName): Wire[] {
  if (!at.decoder) return [];
  const [next_x] = centre(at.next);
  const wires: Wire[] = [];
  if (layout === "narrow") {
    const points: Point[] = [
      [next_x, bottom(at.next) + 4],
      [next_x, at.decoder.top - 1],
    ];
    wires.push({ name: "new latent to decoder", kind: "image", points, arrow: true });
  } else {
    const y = Math.min(bottom(at.next) + 28, bottom(at.refiner) - 12);
    const points: Point[] = [
      [next_x, bottom(at.next) + 4],
      [next_x, y],
      [at.decoder.left - 2, y],
    ];
    wires.push({ name: "new latent to decoder", kind: "image", points, arrow: true });
  }
  if (layout !== "narrow" && at.picture) {
    const x = centre(at.decoder)[0];
    const points: Point[] = [
      [x, at.decoder.top],
      [x, Math.max(bottom(at.picture) + 4, at.decoder.top - 20)],
    ];
    wires.push({ name: "decoder to picture", kind: "image", points, arrow: true });
  }
  return wires;
}
