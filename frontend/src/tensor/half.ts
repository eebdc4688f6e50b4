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
  const { buffer } = bytes.slice(); // begins where numbers may begin
  return dtype === "float32" ? new Float32Array(buffer) : halvesToFloats(new Uint16Array(buffer));
}

/** All at once: an ordinary number keeps its bits and gets another offset of its exponent. */
function halvesToFloats(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const exponent = half & 0x7c00;
    if (exponent === 0 || exponent === 0x7c00) values[i] = halfToFloat(half);
    else bits[i] = ((half & 0x8000) << 16) | (((half & 0x7fff) + 0x1c000) << 13);
  }
  return values;
}
