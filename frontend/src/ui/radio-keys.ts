/** Arrow keys choose, as in any group of radio buttons: the place that a key leads to, null for every other key. */
export function radioPlace(key: string, place: number, count: number): number | null {
  const direction = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[key];
  return direction ? (place + direction + count) % count : null;
}
