/** A thread from x at the top to x at the bottom of a band of that height: down, across, down. */
export function curveBetween(from: number, to: number, height: number): string {
  const middle = height / 2;
  return `M${from} 0C${from} ${middle} ${to} ${middle} ${to} ${height}`;
}
