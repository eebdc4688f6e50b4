import { bottom, centre, right, type Point, type Rect } from "./rect";
import { ring, straight, type LayoutName, type Measured, type Wire } from "./wire";

/** Words and starting noise come in: from the left, or from above where the stations stand in one column. */
export function entering(at: Measured, layout: LayoutName): Wire[] {
  const [unet_x] = centre(at.unet);
  const notch: Point = [unet_x, at.unet.top + (layout === "wide" ? -3 : 2)];
  return at.text ? enteringFromAbove(at, at.text, notch) : enteringFromLeft(at, notch);
}

function enteringFromAbove(at: Measured, text: Rect, notch: Point): Wire[] {
  const wires = [straight("text to UNet", "text", [notch[0], bottom(text)], notch)];
  if (at.noise_station) {
    const [x] = centre(at.latent);
    const from: Point = [x, bottom(at.noise_station)];
    wires.push(straight("starting noise to latent", "start", from, [x, at.refiner.top]));
  }
  return wires;
}

function enteringFromLeft(at: Measured, notch: Point): Wire[] {
  const wires: Wire[] = [];
  if (at.text_station) {
    const y = at.refiner.top + (at.unet.top - at.refiner.top) * 0.5;
    const points: Point[] = [[right(at.text_station), y], [notch[0], y], notch];
    wires.push({ name: "text to UNet", kind: "text", points, arrow: true });
  }
  if (at.noise_station) wires.push(starting(at, at.noise_station));
  return wires;
}

function starting(at: Measured, station: Rect): Wire {
  const gutter = right(station) + (at.refiner.left - right(station)) * 0.55;
  const [, latent_y] = centre(at.latent);
  const y = station.top + Math.min(112, station.height / 2);
  const points: Point[] = [
    [right(station), y],
    [gutter, y],
    [gutter, latent_y],
    [at.latent.left - ring, latent_y],
  ];
  return { name: "starting noise to latent", kind: "start", points, arrow: true };
}

/** The new latent goes to the decoder, the decoder makes the picture. */
export function leaving(at: Measured): Wire[] {
  if (!at.decoder) return [];
  const [next_x] = centre(at.next);
  const out: Point = [next_x, bottom(at.next) + 4];
  if (at.text) return [straight("new latent to decoder", "image", out, [next_x, at.decoder.top - 1])];
  const y = Math.min(bottom(at.next) + 28, bottom(at.refiner) - 12);
  const points: Point[] = [out, [next_x, y], [at.decoder.left - 2, y]];
  const wires: Wire[] = [{ name: "new latent to decoder", kind: "image", points, arrow: true }];
  if (at.picture) {
    const x = centre(at.decoder)[0];
    const tip = Math.max(bottom(at.picture) + 4, at.decoder.top - 20);
    wires.push(straight("decoder to picture", "image", [x, at.decoder.top], [x, tip]));
  }
  return wires;
}
