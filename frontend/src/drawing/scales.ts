export type Rgb = [red: number, green: number, blue: number];

/** Blue below zero, paper at zero, orange above: signed values −1…1. */
export const signed_stops: Rgb[] = [
  [0x21, 0x5e, 0x9e],
  [0xf7, 0xf6, 0xf3],
  [0xc4, 0x54, 0x0a],
];

/** Paper to plum black: the size of a difference 0…1. */
export const difference_stops: Rgb[] = [
  [0xfa, 0xf9, 0xf6],
  [0xf4, 0xd6, 0xa0],
  [0xe2, 0x82, 0x46],
  [0x96, 0x2d, 0x5a],
  [0x3a, 0x0e, 0x46],
];

/** The colour at a position 0…1 of evenly spaced stops. */
export function interpolate(stops: Rgb[], position: number): Rgb {
  const inside = Math.min(Math.max(position, 0), 1) * (stops.length - 1);
  const below = Math.min(Math.floor(inside), stops.length - 2);
  const share = inside - below;
  const [from, to] = [stops[below]!, stops[below + 1]!];
  return from.map((value, i) => value + (to[i]! - value) * share) as Rgb;
}

const levels = 1024;

/** Evenly spaced stops as finely graded colours, each the RGBA bytes of a pixel in one number. */
export function palette(stops: Rgb[]): Uint32Array {
  return Uint32Array.from({ length: levels + 1 }, (_, k) => pixelOf(interpolate(stops, k / levels)));
}

/** The pixel at a position 0…1 of a palette. */
export function pixelAt(colours: Uint32Array, position: number): number {
  return colours[Math.round(Math.min(Math.max(position, 0), 1) * levels)]!;
}

function pixelOf([red, green, blue]: Rgb): number {
  return (255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red);
}

/** White to plum: how alike two things are, or how much a place is read, 0…1. */
export const similarity_stops: Rgb[] = [
  [0xff, 0xff, 0xff],
  [0xe6, 0xc9, 0xe2],
  [0xb5, 0x72, 0xaa],
  [0x8a, 0x3a, 0x7e],
  [0x3f, 0x12, 0x45],
];

/** Hands the scales to the style sheet: lists of colours for its gradients, and the ends of the signed one. */
export function setScales(style: CSSStyleDeclaration): void {
  const scales = { signed: signed_stops, difference: difference_stops, similarity: similarity_stops };
  for (const [name, stops] of Object.entries(scales))
    style.setProperty(`--${name}-scale`, stops.map(css).join(", "));
  style.setProperty("--negative", css(signed_stops.at(0)!));
  style.setProperty("--positive", css(signed_stops.at(-1)!));
}

/** A colour as the style sheet writes it. */
export function css([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}
