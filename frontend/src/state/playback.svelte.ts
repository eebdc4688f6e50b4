import type { PictureKind } from "./link";

/** Milliseconds a step stays while the run plays at speed 1. */
export const step_milliseconds = 100;

export const speeds = [0.25, 0.5, 1, 2] as const;
export type Speed = (typeof speeds)[number];

/** The one timeline: which step every station shows, and whether it plays. */
export class Playback {
  /** 0-based row. */
  step = $state(0);
  playing = $state(false);
  /** Keeps to the newest step of a run under way; stops on the first touch. */
  following = $state(true);
  picture = $state<PictureKind>("predicted");
  speed = $state<Speed>(1);

  /** A step that a link asked for, until the run has it. */
  private wanted = $state<number | null>(null);
  private timer: ReturnType<typeof setInterval> | undefined;

  /** `available` counts the steps that can be shown now. */
  constructor(private readonly available: () => number) {}

  get last(): number {
    return Math.max(this.available() - 1, 0);
  }

  /** The step that a link to this view names: none while the newest is shown. */
  get linked(): number | null {
    return this.following ? null : (this.wanted ?? this.step);
  }

  /** Called whenever a step arrives: shows the step asked for, or the newest while following. */
  keepUp(): void {
    if (this.wanted !== null) {
      this.step = Math.min(this.wanted, this.last);
      if (this.last >= this.wanted) this.wanted = null;
    } else if (this.following) this.step = this.last;
  }

  /** Shows a step as soon as the run has it. */
  await(step: number): void {
    this.go(step);
    this.wanted = step;
    this.keepUp();
  }

  go(step: number): void {
    this.following = false;
    this.wanted = null;
    this.step = Math.min(Math.max(step, 0), this.last);
  }

  /** Shows a step again once other runs are there, unless the reader has chosen another meanwhile. */
  restore(step: number): void {
    this.go(this.following ? step : this.step);
  }

  /** A touch of the reader: shows a step and stops playing. */
  seek(step: number): void {
    this.pause();
    this.go(step);
  }

  /** Keeps to the newest step from the next that arrives. */
  follow(): void {
    this.pause();
    this.wanted = null;
    this.following = true;
  }

  newest(): void {
    this.follow();
    this.step = this.last;
  }

  play(): void {
    if (this.step >= this.last) this.go(0);
    this.playing = true;
    this.restart();
  }

  /** Plays at another speed from the next step on. */
  setSpeed(speed: Speed): void {
    this.speed = speed;
    if (this.playing) this.restart();
  }

  pause(): void {
    this.playing = false;
    clearInterval(this.timer);
  }

  replay(): void {
    this.go(0);
    this.play();
  }

  private restart(): void {
    clearInterval(this.timer);
    this.timer = setInterval(() => this.tick(), step_milliseconds / this.speed);
  }

  private tick(): void {
    if (this.step >= this.last) this.pause();
    else this.go(this.step + 1);
  }
}
