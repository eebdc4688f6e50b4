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

/** Single-precision numbers as little-endian float16, each the nearest there is, of two the even one. */
export function writeHalves(values: Float32Array): Uint8Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return new Uint8Array(Uint16Array.from(bits, halfOf).buffer);
}

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00; // no number
  if (size >= 0x477ff000) return sign | 0x7c00; // rounds beyond 65504
  if (size >= 0x38800000) return sign | rounded(size - 0x38000000, 13);
  if (size < 0x33000000) return sign; // rounds to nothing
  const shift = 126 - (size >>> 23);
  return sign | rounded((size & 0x7fffff) | 0x800000, shift);
}

/** Without its lowest bits, to the nearest and of two the even. */
function rounded(bits: number, dropped: number): number {
  const half = 1 << (dropped - 1);
  const odd = (bits >>> dropped) & 1;
  return (bits + half - 1 + odd) >>> dropped;
}
