/** Where the frames of a film stand on a track. */
export interface Film {
  /** The steps that have a frame, and where its centre is. */
  frames: { step: number; centre: number }[];
  /** Side of a frame in pixels. */
  size: number;
  /** Centre of a step's slot. */
  centre: (step: number) => number;
  /** The step whose slot is at x. */
  stepAt: (x: number) => number;
}

/** Every step has a frame while frames are at least 24 wide, else every second or third: evenly over the track. */
export function filmLayout(width: number, steps: number, height: number, gap = 2): Film {
  const slot = width / Math.max(steps, 1);
  const stride = Math.max(1, Math.ceil((24 + gap) / slot));
  const count = Math.max(1, Math.floor(steps / stride));
  const share = width / count;
  return {
    frames: Array.from({ length: count }, (_, i) => ({
      step: Math.min(Math.floor(((i + 0.5) * steps) / count), Math.max(steps - 1, 0)),
      centre: (i + 0.5) * share,
    })),
    size: Math.min(height, Math.max(share - gap, 12)),
    centre: (step) => (step + 0.5) * slot,
    stepAt: (x) => Math.min(Math.max(Math.floor(x / slot), 0), Math.max(steps - 1, 0)),
  };
}

/** Steps that carry a number under the film: the first, every fifth or so, the last. */
export function numberedSteps(steps: number, width: number): number[] {
  const room = Math.max(2, Math.floor(width / 90));
  const stride = [1, 5, 10, 25, 50].find((step) => steps / step <= room) ?? Math.ceil(steps / room);
  const numbers = [1];
  for (let n = stride; n < steps; n += stride) if (n > 1) numbers.push(n);
  if (numbers.length > 1 && steps - numbers.at(-1)! < stride / 2) numbers.pop();
  if (steps > 1) numbers.push(steps);
  return numbers.map((number) => number - 1);
}
