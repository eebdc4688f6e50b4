import type { Component } from "svelte";

/** A station that opens in place. */
export interface RoomPlan {
  name: string;
  title: string;
  mark: "text" | "image" | "noise";
  /** What it opens at, beside the overview. */
  levels: readonly (2 | 3)[];
  /** What its rail still shows while another station is open; without it there is no rail. */
  folded?: Component;
  /** True where the reader chooses beside the title which number is followed. */
  follows?: boolean;
}

/** What a room shows, by its level: loaded with the first station that is opened. */
export type RoomLevels = Partial<Record<2 | 3, Component>>;

/** 1 Idea: the overview, nothing open. 2 Mechanism. 3 Formula. */
export type Level = 1 | 2 | 3;

export interface OpenRoom {
  name: string;
  level: 2 | 3;
}

/** Which station is open and how deep. Prompt, seed, step and comparison are other people's business and stay. */
export class Room {
  opened = $state.raw<OpenRoom | null>(null);
  /** The station last closed: whoever opens it takes the focus back. */
  left = $state.raw<string | null>(null);

  constructor(private readonly plans: readonly RoomPlan[]) {}

  get name(): string | null {
    return this.opened?.name ?? null;
  }

  get level(): Level {
    return this.opened?.level ?? 1;
  }

  open(name: string, level: 2 | 3 = 2): void {
    this.show({ name, level });
  }

  /** Opens, closes or moves as a link says. */
  show(opened: OpenRoom | null): void {
    this.left = opened ? null : this.name;
    this.opened = opened;
  }

  /** Another level of the open station; 1 closes it. */
  go(level: Level): void {
    if (this.opened) this.show(level === 1 ? null : { ...this.opened, level });
  }

  /** What a button needs that opens a station. */
  door(name: string): { title: string; left: boolean; onopen: () => void } {
    return {
      title: this.plans.find((plan) => plan.name === name)?.title ?? name,
      left: this.left === name,
      onopen: () => this.open(name),
    };
  }

  /** One level back. */
  back(): void {
    this.go(this.level === 3 ? 2 : 1);
  }

  close(): void {
    this.go(1);
  }
}
