import { createContext } from "svelte";
import type { Attachment } from "svelte/attachments";
import type { Anchor, Anchors } from "../drawing/wire";

/** Boxes of the diagram's parts, measured against the stage, so that wires can be drawn between them. */
export class AnchorBoard {
  rects = $state.raw<Anchors>({});
  width = $state(0);
  height = $state(0);

  private stage: HTMLElement | null = null;
  private readonly elements: Partial<Record<Anchor, HTMLElement>> = {};
  private readonly marks: Partial<Record<Anchor, Attachment<HTMLElement>>> = {};
  private frame = 0;
  private readonly observer = new ResizeObserver(() => this.remeasure());

  readonly onstage: Attachment<HTMLElement> = (stage) => {
    this.stage = stage;
    this.observer.observe(stage);
    document.fonts?.ready.then(() => this.remeasure());
    return () => this.observer.disconnect();
  };

  /** Marks an element as one end of wires; always the same for a name, so that no change around it marks anew. */
  mark(name: Anchor): Attachment<HTMLElement> {
    return (this.marks[name] ??= this.marking(name));
  }

  private marking(name: Anchor): Attachment<HTMLElement> {
    return (element) => {
      this.elements[name] = element;
      element.dataset.part = name;
      this.observer.observe(element);
      this.remeasure();
      return () => {
        delete this.elements[name];
        this.observer.unobserve(element);
        this.remeasure();
      };
    };
  }

  /** Measures once before the next paint, however many parts changed. */
  remeasure(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.measure());
  }

  private measure(): void {
    if (!this.stage) return;
    const origin = this.stage.getBoundingClientRect();
    const rects: Anchors = {};
    for (const [name, element] of Object.entries(this.elements)) {
      const { left, top, width, height } = element.getBoundingClientRect();
      if (width > 0)
        rects[name as Anchor] = { left: left - origin.left, top: top - origin.top, width, height };
    }
    if (!sameRects(rects, this.rects)) this.rects = rects;
    [this.width, this.height] = [origin.width, origin.height];
  }
}

/** Parts that stayed where they were move no wire. */
function sameRects(a: Anchors, b: Anchors): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export const [anchorBoard, provideAnchorBoard] = createContext<AnchorBoard>();
