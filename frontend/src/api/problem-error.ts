import type { Problem } from "../wire/problem";

/** A request that came back with a problem. */
export class ProblemError extends Error {
  override name = "ProblemError";

  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

/** The problem inside any thrown value; a lost connection is one too. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { title: "No answer", status: 0, detail };
}
