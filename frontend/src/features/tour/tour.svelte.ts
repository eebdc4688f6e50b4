import type { StopName } from "./words";
import type { Page } from "../../state/page.svelte";
import type { PictureKind } from "../../state/link";
import type { OpenRoom } from "../../state/room.svelte";

export interface Stop {
  name: StopName;
  /** What it speaks of: the box around all that is visible of these. */
  targets: string[];
  /** Where in the run, 0 the first step, 1 the last; it stays where it is without. */
  share?: number;
  /** So many steps later than that. */
  later?: number;
  picture?: PictureKind;
  /** The station that opens; none otherwise. */
  room?: OpenRoom;
  /** Guidance that this step is tried with. */
  guidance?: number;
}

const part = (...names: string[]) => names.map((name) => `[data-part=${name}]`);

export const stops: Stop[] = [
  { name: "prompt", targets: [".prompt-row .box"] },
  { name: "tokens", targets: part("text_station") },
  { name: "vectors", targets: ["[data-room]", ...part("text_station")], room: { name: "text", level: 2 } },
  { name: "seed", targets: part("noise_station"), share: 0 },
  { name: "latent", targets: part("latent"), share: 0, picture: "latent" },
  { name: "unet", targets: part("unet", "timestep"), share: 0.4, picture: "predicted" },
  { name: "twice", targets: part("generic", "prompt"), share: 0.4 },
  { name: "impact", targets: part("minus", "impact"), share: 0.4 },
  {
    name: "guidance",
    targets: ["[data-room]"],
    room: { name: "refiner", level: 2 },
    guidance: 1,
    share: 0.4,
  },
  { name: "scheduler", targets: part("latent_factor", "noise_factor", "sum"), share: 0.4 },
  { name: "loop", targets: part("next"), share: 0.4, later: 1 },
  {
    name: "heading",
    targets: ["[data-part=picture]", ".timeline .pinned"],
    share: 0.2,
    picture: "predicted",
  },
  { name: "film", targets: [".timeline .track"], share: 0.7 },
  { name: "decoder", targets: part("decoder"), share: 1 },
  { name: "compare", targets: [".prompt-row .buttons > :last-child"] },
  { name: "article", targets: ["#article-title"] },
];

const key = "tour";

/** Where the reader is on the tour; it goes on there after a break. */
export class Tour {
  at = $state(0);
  readonly resumed: boolean;

  constructor(private readonly page: Page) {
    this.at = Math.min(stored(), stops.length - 1);
    this.resumed = this.at > 0;
    this.show();
  }

  get stop(): Stop {
    return stops[this.at]!;
  }

  get last(): boolean {
    return this.at === stops.length - 1;
  }

  go(at: number): void {
    this.at = Math.min(Math.max(at, 0), stops.length - 1);
    store(this.at);
    this.show();
  }

  /** Puts the page as it was found, but for the step. A tour that was finished starts afresh next time. */
  end(): void {
    if (this.last) store(0);
    this.page.a.tried_guidance = null;
    this.page.room.show(null);
  }

  private show(): void {
    const { page, stop } = this;
    const { playback } = page;
    if (page.comparing) page.closeComparison();
    if (page.experiment) page.closeExperiment();
    page.room.show(stop.room ?? null);
    page.a.tried_guidance = stop.guidance ?? null;
    if (stop.picture) playback.picture = stop.picture;
    if (stop.share !== undefined) playback.seek(Math.round(stop.share * playback.last) + (stop.later ?? 0));
    else playback.pause();
  }
}

function stored(): number {
  try {
    return Number(localStorage.getItem(key)) || 0;
  } catch {
    return 0;
  }
}

function store(at: number): void {
  try {
    localStorage.setItem(key, String(at));
  } catch {
    // Without storage the tour starts at its first stop next time.
  }
}
