/** What opens in place: the stations of the path in its order, and cross-attention between the words and the loop. */
export const room_names = ["text", "noise", "attention", "refiner", "decoder"] as const;
export type RoomName = (typeof room_names)[number];

/** 1 Idea: the overview, nothing open. 2 Mechanism. 3 Formula. */
export type Level = 1 | 2 | 3;

export interface OpenRoom {
  name: RoomName;
  level: 2 | 3;
}

/** Which station is open and how deep. Prompt, seed, step and comparison are other people's business and stay. */
export class Room {
  opened = $state.raw<OpenRoom | null>(null);
  /** The station last closed: whoever opens it takes the focus back. */
  left = $state.raw<RoomName | null>(null);

  get name(): RoomName | null {
    return this.opened?.name ?? null;
  }

  get level(): Level {
    return this.opened?.level ?? 1;
  }

  open(name: RoomName, level: 2 | 3 = 2): void {
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

  /** One level back. */
  back(): void {
    this.go(this.level === 3 ? 2 : 1);
  }

  close(): void {
    this.go(1);
  }
}
