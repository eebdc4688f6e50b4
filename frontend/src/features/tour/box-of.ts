import type { Rect } from "../../drawing/rect";

/** The parts that are to be seen. */
export function visible(selectors: string[]): Element[] {
  return selectors
    .flatMap((selector) => [...document.querySelectorAll(selector)])
    .filter((element) => {
      const { width, height } = element.getBoundingClientRect();
      return width > 0 && height > 0;
    });
}

/** The box, in the window, around all that is visible of some parts; null where none is. */
export function boxOf(selectors: string[]): Rect | null {
  const boxes = visible(selectors).map((element) => element.getBoundingClientRect());
  if (boxes.length === 0) return null;
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const right = Math.max(...boxes.map((box) => box.right));
  const bottom = Math.max(...boxes.map((box) => box.bottom));
  return { left, top, width: right - left, height: bottom - top };
}
