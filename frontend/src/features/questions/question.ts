import { relativeDistance, slotDistances } from "../../tensor/comparison";
import { phrases, without } from "../../prompt/phrases";
import { norm, type Tensor } from "../../tensor/tensor";
import type { TraceRequest } from "../../wire/trace";
import type { Run } from "../../run/run";

/** What can be asked about a run: one change, and what is measured between the run and the changed one. */
export interface Question {
  name: QuestionName;
  /** The setting that changes; the run itself answers where nothing does. */
  field: keyof TraceRequest | null;
  /** The changed setting; null where this run cannot be asked. */
  change: (request: TraceRequest) => Partial<TraceRequest> | null;
  /** True if a stored value of that setting answers the question for a stored run. */
  fits: (value: unknown, request: TraceRequest) => boolean;
  measure: (run: Run, changed: Run) => number;
}

export type QuestionName =
  "forecast" | "guidance_0" | "guidance_20" | "seed" | "word" | "negative" | "steps" | "scheduler";

const most_steps = 150;

export const questions: Question[] = [
  {
    name: "forecast",
    field: null,
    change: () => ({}),
    fits: () => true,
    measure: (run) => (run.steps[0]?.noise_level ?? 1) ** 2 * 100,
  },
  {
    name: "guidance_0",
    field: "guidance_scale",
    change: ({ guidance_scale }) => (guidance_scale > 0 ? { guidance_scale: 0 } : null),
    fits: (value) => value === 0,
    measure: (_, changed) =>
      Math.max(...changed.noise_guided.map((guided, k) => largest(guided, changed.noise_unconditional[k]!))),
  },
  {
    name: "guidance_20",
    field: "guidance_scale",
    change: ({ guidance_scale }) => (guidance_scale < 20 ? { guidance_scale: 20 } : null),
    fits: (value, { guidance_scale }) => Number(value) >= 2 * guidance_scale && Number(value) >= 14,
    measure: (run, changed) => norm(changed.latents.at(-1)!) / norm(run.latents.at(-1)!),
  },
  {
    name: "seed",
    field: "seed",
    change: ({ seed }) => ({ seed: seed + 1 }),
    fits: (value, { seed }) => value !== seed,
    measure: (run, changed) => likeness(run.latents[0]!, changed.latents[0]!),
  },
  {
    name: "word",
    field: "prompt",
    change: ({ prompt }) => {
      const shorter = lastPhrase(prompt).rest;
      return shorter ? { prompt: shorter } : null;
    },
    fits: (value, { prompt }) => value !== prompt,
    measure: (run, changed) =>
      slotDistances(run.text_embedding!, changed.text_embedding!).findIndex((distance) => distance > 1e-6),
  },
  {
    name: "negative",
    field: "negative_prompt",
    change: ({ prompt, negative_prompt }) => {
      const phrase = lastPhrase(prompt).text;
      return phrase && !negative_prompt ? { negative_prompt: phrase } : null;
    },
    fits: (value) => value !== "",
    measure: (run, changed) => relativeDistance(run.noise_unconditional[0]!, changed.noise_unconditional[0]!),
  },
  {
    name: "steps",
    field: "steps",
    change: ({ steps }) => (steps * 2 <= most_steps ? { steps: steps * 2 } : null),
    fits: (value, { steps }) => Number(value) >= 2 * steps,
    measure: (run, changed) => relativeDistance(run.latents.at(-1)!, changed.latents.at(-1)!),
  },
  {
    name: "scheduler",
    field: "scheduler",
    change: ({ scheduler }) => (scheduler === "euler_ancestral" ? null : { scheduler: "euler_ancestral" }),
    fits: (value) => value === "euler_ancestral",
    measure: (run, changed) => relativeDistance(run.latents.at(-1)!, changed.latents.at(-1)!),
  },
];

/** The last phrase that says something, and the prompt without it. */
export function lastPhrase(prompt: string): { text: string; rest: string } {
  const phrase = phrases(prompt).findLast(({ word }) => word);
  return phrase ? { text: phrase.text, rest: without(prompt, phrase) } : { text: "", rest: "" };
}

/** Two stored runs that answer a question: the nearest to `request`; null if no two do. */
export function storedAnswer<Entry extends { request: TraceRequest }>(
  question: Question,
  request: TraceRequest,
  entries: Entry[],
): { run: Entry; changed: Entry } | null {
  const { field } = question;
  if (field === null) return null;
  const pairs = entries.flatMap((run) =>
    entries
      .filter(
        (changed) =>
          question.fits(changed.request[field], run.request) &&
          changed.request[field] !== run.request[field] &&
          differences(changed.request, run.request) === 1,
      )
      .map((changed) => ({ run, changed })),
  );
  const rated = pairs.map((pair) => ({ pair, far: differences(pair.run.request, request) }));
  return rated.toSorted((a, b) => a.far - b.far)[0]?.pair ?? null;
}

/** How many settings differ. */
function differences(a: TraceRequest, b: TraceRequest): number {
  const names = ["prompt", "negative_prompt", "seed", "guidance_scale", "steps", "scheduler"] as const;
  const branched = JSON.stringify(a.branched_from ?? []) === JSON.stringify(b.branched_from ?? []) ? 0 : 1;
  return names.filter((name) => a[name] !== b[name]).length + branched;
}

function largest(a: Tensor, b: Tensor): number {
  return a.values.reduce((most, value, i) => Math.max(most, Math.abs(value - b.values[i]!)), 0);
}

/** Correlation around zero: 1 alike, 0 unrelated. */
function likeness(a: Tensor, b: Tensor): number {
  const product = a.values.reduce((sum, value, i) => sum + value * b.values[i]!, 0);
  return product / (norm(a) * norm(b));
}
