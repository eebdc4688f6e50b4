/** Half-precision numbers (IEEE 754 binary16) to single precision, without help from the browser. */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Little-endian float16 or float32 numbers, or single bytes, as single-precision numbers. */
export function readFloats(bytes: Uint8Array, dtype: "float16" | "float32" | "uint8"): Float32Array {
  if (dtype === "uint8") return Float32Array.from(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = dtype === "float16" ? 2 : 4;
  const values = new Float32Array(bytes.byteLength / width);
  for (let i = 0; i < values.length; i++) {
    values[i] = width === 2 ? halfToFloat(view.getUint16(i * 2, true)) : view.getFloat32(i * 4, true);
  }
  return values;
}
