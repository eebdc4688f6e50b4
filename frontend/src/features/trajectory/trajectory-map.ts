import { scaleLinear } from "d3-scale";
import type { Mark } from "../../run/mark";
import type { Point } from "../../drawing/rect";

/** A way through the plane of latents, in pixels. */
export interface Way {
  points: Point[];
}

/**
 * Puts lines of a plane into a box: one scale for x and y, so that distances mean something; y points up.
 * The box is that of the first `own` lines; the others may reach out of it.
 */
export function fitted(lines: Point[][], own: number, width: number, height: number, margin: number): Way[] {
  const points = lines.slice(0, own).flat();
  if (points.length === 0) return [];
  const [x0, x1] = range(points.map(([x]) => x));
  const [y0, y1] = range(points.map(([, y]) => y));
  const unit = Math.max((x1 - x0) / (width - 2 * margin), (y1 - y0) / (height - 2 * margin)) || 1;
  const x = scaleLinear([x0, x0 + unit], [0, 1]);
  const y = scaleLinear([y0, y0 + unit], [0, 1]);
  const left = (width - x(x1)) / 2;
  const bottom = (height + y(y1)) / 2;
  return lines.map((line) => ({ points: line.map(([px, py]) => [left + x(px), bottom - y(py)]) }));
}

/** The mark of a run around a point: circle, square, triangle, diamond. */
export function markPath(mark: Mark, [x, y]: Point, size: number): string {
  const r = size;
  switch (mark) {
    case "a":
      return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
    case "b":
      return `M${x - r * 0.9} ${y - r * 0.9}h${r * 1.8}v${r * 1.8}h${-r * 1.8}Z`;
    case "c":
      return `M${x} ${y - r * 1.2}L${x + r * 1.15} ${y + r * 0.8}H${x - r * 1.15}Z`;
    case "d":
      return `M${x} ${y - r * 1.3}L${x + r * 1.3} ${y}L${x} ${y + r * 1.3}L${x - r * 1.3} ${y}Z`;
  }
}

/** The point next to a place, within reach; null where there is none. */
export function nearest(
  ways: Way[],
  [x, y]: Point,
  reach: number,
): { way: number; index: number; point: Point } | null {
  let best: { way: number; index: number; point: Point } | null = null;
  let least = reach;
  ways.forEach(({ points }, way) => {
    points.forEach((point, index) => {
      const distance = Math.hypot(point[0] - x, point[1] - y);
      if (distance <= least) {
        least = distance;
        best = { way, index, point };
      }
    });
  });
  return best;
}

/** What brings all ways into the box: a factor, and then a shift. */
export function overview(
  ways: Way[],
  width: number,
  height: number,
  margin: number,
): { factor: number; shift: Point } {
  const points = ways.flatMap((way) => way.points);
  const [x0, x1] = range(points.map(([x]) => x));
  const [y0, y1] = range(points.map(([, y]) => y));
  const factor = Math.min((width - 2 * margin) / (x1 - x0 || 1), (height - 2 * margin) / (y1 - y0 || 1), 1);
  return { factor, shift: [width / 2 - (factor * (x0 + x1)) / 2, height / 2 - (factor * (y0 + y1)) / 2] };
}

function range(values: number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
