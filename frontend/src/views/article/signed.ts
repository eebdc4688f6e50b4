/** A number with its sign and three decimals: +0.041, −1.203. */
export function signed(value: number): string {
  return (value < 0 ? "−" : "+") + Math.abs(value).toFixed(3);
}
