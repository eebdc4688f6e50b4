/** A factor with three decimals as the circuit shows it: 1.123, 1, 0.135, 0.0042, 14.61. */
export function factorText(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 0.01) return trimmed(size.toPrecision(2));
  if (size >= 10) return trimmed(size.toFixed(2));
  return trimmed(size.toFixed(3));
}

/** A relative distance: 0, 0.18, 0.0042. */
export function distanceText(value: number): string {
  if (value === 0) return "0";
  return value < 0.01 ? value.toPrecision(2) : value.toFixed(2);
}

/** A number of a tensor with its sign: −0.747, +0.092. */
export function signedText(value: number): string {
  const text = Math.abs(value).toFixed(3);
  if (Number(text) === 0) return text;
  return (value < 0 ? "−" : "+") + text;
}

/** A count with its thousands parted: 49,152. */
export function countText(value: number): string {
  return value.toLocaleString("en");
}

/** A guidance scale: 7, 7.5, 12.25. */
export function plainText(value: number): string {
  return trimmed(value.toFixed(2));
}

/** Shares of noise and signal in the latent in per cent: variances, so that they add up to 100. */
export function shares(row: { noise_level: number; signal_level: number }): [number, number] {
  const noise = row.noise_level ** 2;
  const percent = Math.round((noise / (noise + row.signal_level ** 2)) * 100);
  return [percent, 100 - percent];
}

/** A number with two decimals and a real minus: −0.41, 0.88. */
export function shortNumber(value: number): string {
  const text = value.toFixed(2).replace("-", "−");
  return text === "−0.00" ? "0.00" : text;
}

/** A share in per cent: 42 %, 0.4 %. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value !== 0 && value < 0.95 ? value.toFixed(1) : Math.round(value)} %`;
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
