import { pictureFrom, type Picture } from "../drawing/picture";
import type { JobEvent } from "../wire/events";
import type { TraceRequest } from "../wire/trace";

/** Where one of many runs stands; "missing": not stored, and nothing here can draw it. */
export type Standing = "waiting" | "drawing" | "drawn" | "stopped" | "failed" | "missing";

/** One of many runs, as far as a cell shows it: its picture and where it stands, none of its tensors. */
export class Member {
  id = $state<string | null>(null);
  standing = $state<Standing>("waiting");
  /** Steps that are drawn, of all. */
  step = $state(0);
  rows = $state(0);
  /** What it is heading for; when drawn, the finished picture. */
  picture = $state.raw<Picture | null>(null);
  /** Its starting noise, decoded. */
  start = $state.raw<Picture | null>(null);
  /** How far its final latent is from that of the first of its group, relative; and where, [height · width]. */
  distance = $state<number | null>(null);
  difference_map = $state.raw<Float32Array | null>(null);

  constructor(readonly request: TraceRequest) {}

  /** One event of its job. `picture`: the address of its finished picture. */
  take(event: JobEvent, picture: string): void {
    switch (event.name) {
      case "tokens":
        this.standing = "drawing";
        this.rows = event.body.steps;
        break;
      case "text":
        this.start = pictureFrom(event.body.start.picture);
        break;
      case "step":
        this.step = event.body.row.step + 1;
        this.picture = pictureFrom(event.body.pictures.predicted);
        break;
      case "done":
        this.drawn(picture);
        break;
      case "cancelled":
        this.standing = "stopped";
        break;
      case "failed":
        this.standing = "failed";
        break;
    }
  }

  drawn(picture: string): void {
    this.standing = "drawn";
    this.picture = pictureFrom(picture);
  }
}
