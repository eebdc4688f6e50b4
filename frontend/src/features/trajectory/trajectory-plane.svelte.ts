import type { Api } from "../../api/api";
import { problemOf } from "../../api/problem-error";
import type { Problem } from "../../wire/problem";
import type { Plane, ProjectionMethod } from "../../wire/server";

/** The map of the runs on the page: asked for by their ids, kept for as long as the page is open. */
export class TrajectoryPlane {
  shown = $state.raw<Plane | null>(null);
  problem = $state.raw<Problem | null>(null);

  private readonly planes: Record<string, Promise<Plane>> = {};
  private wanted = "";

  constructor(private readonly api: Api) {}

  /**
   * Lays these stored runs out; none takes the map away. They are asked for in the order of their ids: the map of
   * some runs is the same whichever of them is called A, and has one file in a folder of files.
   */
  async show(runs: string[], method: ProjectionMethod): Promise<void> {
    const ids = runs.toSorted();
    const key = ids.length > 0 ? `${ids.join("-")}/${method}` : "";
    if (key === this.wanted) return;
    this.wanted = key;
    this.problem = null;
    this.shown = null;
    if (!key) return;
    try {
      const plane = await (this.planes[key] ??= this.api.trajectories(ids, method));
      if (key === this.wanted) this.shown = plane;
    } catch (error) {
      delete this.planes[key];
      if (key === this.wanted) this.problem = problemOf(error);
    }
  }

  /** The address of the finished picture of a run of the background. */
  picture(id: string): string {
    return this.api.file(id, "picture.png");
  }
}
