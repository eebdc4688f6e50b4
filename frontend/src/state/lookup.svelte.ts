import { problemOf } from "../api/problem-error";
import type { Problem } from "../wire/problem";

/** Something that is read only once somebody looks at it, by key; the last answer stays until another key is asked for. */
export class Lookup<T> {
  /** Null while it is read, where it could not be read, and where there is nothing. */
  value = $state.raw<T | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** The key that `value` or `problem` answers. */
  answered = $state.raw<string | null>(null);

  private asked: string | null = null;

  constructor(private readonly read: (key: string) => Promise<T | null>) {}

  async want(key: string): Promise<void> {
    if (key === this.asked) return;
    this.asked = key;
    const [value, problem] = await this.read(key).then(
      (value): [T | null, null] => [value, null],
      (error: unknown): [null, Problem] => [null, problemOf(error)],
    );
    if (key !== this.asked) return;
    if (problem) this.asked = null; // so that it can be asked for again
    [this.value, this.problem, this.answered] = [value, problem, key];
  }
}
