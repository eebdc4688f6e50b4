import type { Point } from "./rect";

/** An SVG path along the points, its corners rounded where both legs have room. */
export function wirePath(points: Point[], radius = 10): string {
  const [start, ...others] = points;
  if (!start) return "";
  let path = `M${at(start)}`;
  others.forEach((corner, i) => {
    const before = points[i]!;
    const after = others[i + 1];
    if (!after) {
      path += ` L${at(corner)}`;
      return;
    }
    const room = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2);
    path += ` L${at(towards(corner, before, room))} Q${at(corner)} ${at(towards(corner, after, room))}`;
  });
  return path;
}

function distance([x0, y0]: Point, [x1, y1]: Point): number {
  return Math.hypot(x1 - x0, y1 - y0);
}

function towards(from: Point, to: Point, length: number): Point {
  const share = length / (distance(from, to) || 1);
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

function at([x, y]: Point): string {
  return `${round(x)} ${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
