import { area, line } from "d3-shape";
import type { Point } from "./rect";

/** An open path through the points. */
export function curvePath(points: Point[]): string {
  return line()(points) ?? "";
}

/** The same, closed down to a base line. */
export function areaPath(points: Point[], base: number): string {
  const shape = area<Point>()
    .x(([x]) => x)
    .y0(base)
    .y1(([, y]) => y);
  return shape(points) ?? "";
}
