import type { Problem } from "../wire/problem";
import { shared } from "../words/shared";

/** A problem as a note shows it. */
export interface Wrong {
  field: string | null;
  title: string;
  detail: string;
  suggestion: unknown;
}

/** What an empty prompt answers, before asking anybody. */
export const empty_prompt: Problem = {
  title: shared.prompt.empty,
  status: 0,
  detail: shared.prompt.empty_fix,
  errors: [{ field: "prompt", value: "", message: shared.prompt.empty }],
};

/** A problem in the words of its first wrong field. */
export function wrongOf(problem: Problem): Wrong {
  const error = problem.errors?.[0];
  return {
    field: error?.field.replace(/^requests\.\d+\./, "") ?? null,
    title:
      error && problem.status > 0
        ? shared.run.failed
        : `${problem.title}${/[.!?]$/.test(problem.title) ? "" : "."}`,
    detail: problem.detail.charAt(0).toUpperCase() + problem.detail.slice(1),
    suggestion: error?.suggestion,
  };
}
