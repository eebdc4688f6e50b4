import { pictureFrom, type Picture } from "../drawing/picture";
import { phaseAfter, type MemberPhase } from "../run/phase";
import type { JobEvent } from "../wire/events";
import type { TraceRequest } from "../wire/trace";

/** One of many runs, as far as a cell shows it: its picture and where it stands, none of its tensors. */
export class Member {
  id = $state<string | null>(null);
  phase = $state.raw<MemberPhase>({ name: "waiting", position: 0 });
  /** Its current prediction; when drawn, the finished picture. */
  picture = $state.raw<Picture | null>(null);
  /** Its starting noise, decoded. */
  start = $state.raw<Picture | null>(null);
  /** How far its final latent is from that of the first of its group, relative; and where, [height · width]. */
  distance = $state<number | null>(null);
  difference_map = $state.raw<Float32Array | null>(null);

  constructor(readonly request: TraceRequest) {}

  /** What a cell shows of it. */
  get shown(): { picture: Picture | null; phase: MemberPhase } {
    return { picture: this.picture, phase: this.phase };
  }

  /** One event of its job. `picture`: the address of its finished picture. */
  take(event: JobEvent, picture: string): void {
    this.phase = phaseAfter(this.phase, event);
    if (event.name === "text") this.start = pictureFrom(event.body.start.picture);
    if (event.name === "step") this.picture = pictureFrom(event.body.pictures.predicted);
    if (event.name === "done") this.picture = pictureFrom(picture);
  }

  /** Keeps what came of a run that is let go. */
  stop(): void {
    if (this.phase.name === "waiting") this.phase = { name: "stopped", step: 0 };
    if (this.phase.name === "drawing") this.phase = { name: "stopped", step: this.phase.step };
  }

  /** Shows a stored run. */
  open(id: string, picture: string): void {
    this.id = id;
    this.phase = { name: "drawn", seconds: null };
    this.picture = pictureFrom(picture);
  }
}
