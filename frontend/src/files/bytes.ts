/** Bytes one after the other. */
export function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A whole number in `count` bytes, the lowest first. */
export function littleEndian(value: number, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, k) => Math.floor(value / 256 ** k) % 256);
}

/** A whole number in four bytes, the highest first. */
export function bigEndian(value: number): Uint8Array {
  return littleEndian(value, 4).reverse();
}

export function text(letters: string): Uint8Array {
  return new TextEncoder().encode(letters);
}
