/** Bars of a vector around a middle line, a unit wide each: those of one sign. Beyond the limit they are cut. */
export function barsPath(vector: ArrayLike<number>, sign: 1 | -1, limit: number, height: number): string {
  const middle = height / 2;
  let path = "";
  for (let i = 0; i < vector.length; i++) {
    const size = Math.min((vector[i]! * sign) / limit, 1) * middle;
    if (size > 0) path += `M${i} ${middle}h0.8v${(-sign * size).toFixed(2)}h-0.8z`;
  }
  return path;
}
