/** The guidance slider's scale is a square root, so that 0, 1, 7 and 20 each have room. */
export const guidance_limit = 20;
export const guidance_marks = [0, 1, 7, 20];

/** Position 0…1 of a guidance value; values beyond the slider sit at its end. */
export function guidancePosition(w: number): number {
  return Math.sqrt(Math.min(Math.max(w, 0), guidance_limit) / guidance_limit);
}

/** Guidance value at a position 0…1, to the half. */
export function guidanceAt(position: number): number {
  const inside = Math.min(Math.max(position, 0), 1);
  return Math.round(inside * inside * guidance_limit * 2) / 2;
}

/** The next mark above or below a value. */
export function nextMark(w: number, direction: 1 | -1): number {
  const marks = direction === 1 ? guidance_marks : guidance_marks.toReversed();
  return marks.find((mark) => (mark - w) * direction > 1e-9) ?? w;
}
