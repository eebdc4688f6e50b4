import type { Run } from "../../../run/run";
import type { StepView } from "../../../run/step-view";

/** What every figure of the article gets: the explorer's run at the explorer's step. */
export interface FigureProps {
  run: Run;
  /** With the share of noise in the latent, in per cent. */
  view: StepView & { noise: number };
  number: number;
  /** "Step 10 of 25" */
  step: string;
}
