/** The stop of a slider that lies nearest to a value, as far as the eye is concerned. */
export function nearestStop(stops: number[], value: number, position: (value: number) => number): number {
  const away = (stop: number) => Math.abs(position(stop) - position(value));
  return stops.reduce((best, stop) => (away(stop) < away(best) ? stop : best));
}

/** The stop that a key leads to which would lead to `wanted`: the next one in its direction, the last beyond all. */
export function nextStop(stops: number[], value: number, wanted: number): number {
  if (wanted === value) return value;
  const ahead =
    wanted > value ? stops.filter((stop) => stop > value) : stops.filter((stop) => stop < value).reverse();
  const passed = ahead.filter((stop) => (wanted > value ? stop <= wanted : stop >= wanted));
  return passed.at(-1) ?? ahead[0] ?? value;
}
