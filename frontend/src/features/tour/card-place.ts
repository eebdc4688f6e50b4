import type { Rect } from "../../drawing/rect";

interface Size {
  width: number;
  height: number;
}

const gap = 16;
const margin = 12;

/**
 * Where a card goes that speaks of `target`: beside it, wherever it fits into the window without covering it, and
 * if possible without covering `keep`; else into the corner that covers least of it.
 */
export function cardPlace(
  target: Rect,
  card: Size,
  room: Size,
  keep: Rect | null,
): { left: number; top: number } {
  const inside = { x: room.width - card.width - margin, y: room.height - card.height - margin };
  const clampX = (x: number) => Math.min(Math.max(x, margin), inside.x);
  const clampY = (y: number) => Math.min(Math.max(y, margin), inside.y);
  const middle = clampX(target.left + target.width / 2 - card.width / 2);
  const places = [
    { left: target.left + target.width + gap, top: clampY(target.top) },
    { left: target.left - card.width - gap, top: clampY(target.top) },
    { left: middle, top: target.top + target.height + gap },
    { left: middle, top: target.top - card.height - gap },
    { left: inside.x, top: inside.y },
    { left: margin, top: inside.y },
    { left: inside.x, top: margin },
    { left: margin, top: margin },
  ].filter(({ left, top }) => left >= margin && top >= margin && left <= inside.x && top <= inside.y);
  const rated = places.map((place) => {
    const box = { ...place, width: card.width, height: card.height };
    return { place, covers: overlap(box, target) * 1000 + (keep ? overlap(box, keep) : 0) };
  });
  const least = Math.min(...rated.map(({ covers }) => covers));
  return rated.find(({ covers }) => covers === least)?.place ?? { left: margin, top: margin };
}

function overlap(a: Rect, b: Rect): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}
