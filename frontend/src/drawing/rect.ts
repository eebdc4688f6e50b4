/** A measured box; the page's pixels, relative to the stage. */
export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

export type Point = [x: number, y: number];

export const right = (rect: Rect): number => rect.left + rect.width;
export const bottom = (rect: Rect): number => rect.top + rect.height;
export const centre = (rect: Rect): Point => [rect.left + rect.width / 2, rect.top + rect.height / 2];
