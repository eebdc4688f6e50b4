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

/** What a link answers of which only a part can be read; null where all of it can. */
export function mangledLink(names: string[]): Problem | null {
  if (names.length === 0) return null;
  return { title: shared.page.mangled, status: 0, detail: shared.page.mangled_fix(names) };
}

/** The problem that a note shows beside its field: of the runs, else of the page. */
export class Notice {
  /** What went wrong outside of a run. */
  problem = $state.raw<Problem | null>(null);
  private forgiven = $state.raw<Problem | null>(null);

  /** `ofRuns`: the problem of the first run that failed. */
  constructor(private readonly ofRuns: () => Problem | null) {}

  get wrong(): Wrong | null {
    const problem = this.latest;
    return problem && problem !== this.forgiven ? wrongOf(problem) : null;
  }

  get field(): string | null {
    return this.wrong?.field ?? null;
  }

  /** Where the note stands: beside the control that caused it, or under the prompt. */
  get place(): "prompt" | "settings" {
    return this.field === "steps" || this.field === "scheduler" ? "settings" : "prompt";
  }

  /** Puts the note away. */
  forgive(): void {
    this.forgiven = this.latest;
  }

  private get latest(): Problem | null {
    return this.ofRuns() ?? this.problem;
  }
}

/** A problem in the words of its first wrong field. */
function wrongOf(problem: Problem): Wrong {
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
