import type { Api } from "../api/api";
import { Job } from "../jobs/job.svelte";
import { guidanceAt } from "../run/conditioning";
import type { Mark } from "../run/mark";
import { recombine, type Recombination } from "../run/recombination";
import { isWhole, type Run } from "../run/run";
import { stepView, type StepView } from "../run/step-view";
import { SideCache } from "./side-cache.svelte";

/** One of the places for a run on the page, A to D. */
export class Side {
  job = $state.raw() as Job;
  /** Guidance at which this step alone is made again, null where it is shown as drawn. */
  tried_guidance = $state.raw<number | null>(null);
  readonly cache: SideCache;

  /** The run at the step that the page shows. */
  view = $derived.by<StepView | null>(() => (this.run ? stepView(this.run, this.step()) : null));
  /** That step at the guidance that is tried. */
  recombined = $derived.by<Recombination | null>(() => {
    const { run, view } = this;
    if (!run || !view) return null;
    const drawn = guidanceAt(run.request, view.step);
    return recombine(view, drawn, this.tried_guidance ?? drawn);
  });

  constructor(
    readonly mark: Mark,
    api: Api,
    private readonly step: () => number,
  ) {
    this.job = new Job(api);
    this.cache = new SideCache(api);
  }

  get run(): Run | null {
    return this.job.run;
  }

  /** The run once all of it is stored. */
  get stored(): Run | null {
    const { run } = this;
    return run && isWhole(run) && this.job.phase.name === "drawn" ? run : null;
  }
}
