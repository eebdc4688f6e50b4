/**
 * The numbers that a seed gives: as `torch.randn` draws them on the CPU, with a Mersenne Twister (Matsumoto and
 * Nishimura 1998) whose even numbers Box and Muller (1958) bend into the bell curve, sixteen at a time.
 */
export function seedNoise(seed: number, count: number): Float32Array {
  const random = twister(seed);
  const noise = Float32Array.from({ length: count }, () => even(random()));
  for (let i = 0; i + lanes <= count; i += lanes) bend(noise.subarray(i, i + lanes));
  if (count % lanes !== 0) {
    const rest = noise.subarray(count - lanes);
    rest.set(Float32Array.from(rest, () => even(random())));
    bend(rest);
  }
  return noise;
}

const lanes = 16;
const [words, distance] = [624, 397];

/** A number of 0…1 from the 24 lowest bits. */
function even(bits: number): number {
  return (bits & 0xff_ff_ff) / 2 ** 24;
}

/** Pairs the first half with the second: one gives the length, the other the angle. */
function bend(part: Float32Array): void {
  for (let i = 0; i < lanes / 2; i++) {
    const length = Math.sqrt(-2 * Math.log(1 - part[i]!));
    const angle = 2 * Math.PI * part[i + lanes / 2]!;
    part[i] = length * Math.cos(angle);
    part[i + lanes / 2] = length * Math.sin(angle);
  }
}

/** MT19937: call the answer for the next 32 bits. */
function twister(seed: number): () => number {
  const state = new Uint32Array(words);
  state[0] = seed;
  for (let i = 1; i < words; i++) {
    const last = state[i - 1]!;
    state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
  }
  let place = words;
  return () => {
    if (place === words) place = twist(state);
    let bits = state[place++]!;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  };
}

function twist(state: Uint32Array): 0 {
  for (let i = 0; i < words; i++) {
    const mixed = (state[i]! & 0x80000000) | (state[(i + 1) % words]! & 0x7fffffff);
    state[i] = state[(i + distance) % words]! ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
  }
  return 0;
}
