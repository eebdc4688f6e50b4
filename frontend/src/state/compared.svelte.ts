import { compare, latentDistance, type Comparison } from "../run/comparison";
import type { Mark } from "../run/mark";
import { PictureDifference } from "./picture-difference.svelte";
import type { Side } from "./side.svelte";

/** What differs between the runs on the page. */
export class Compared {
  /** B against A. */
  comparison = $derived.by<Comparison | null>(() => {
    const [a, b] = this.sides().map(({ run }) => run);
    return a?.steps.length && b?.steps.length ? compare(a, b) : null;
  });
  /** How far C and D are from A, before each step and after the last. */
  further = $derived.by<{ mark: Mark; distances: number[] }[]>(() => {
    const [a, , ...others] = this.sides();
    return others.flatMap(({ mark, run }) => {
      return a?.run?.steps.length && run?.steps.length
        ? [{ mark, distances: latentDistance(a.run, run) }]
        : [];
    });
  });
  /** How the pictures of A and B differ. */
  readonly pictures = new PictureDifference();

  constructor(private readonly sides: () => Side[]) {}
}
