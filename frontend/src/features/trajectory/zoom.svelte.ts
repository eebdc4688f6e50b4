import { select } from "d3-selection";
import { zoom, zoomIdentity, type ZoomTransform } from "d3-zoom";

const key_pan = 40;
const key_factor = 1.4;

/** A drawing that is brought closer and moved: by wheel, drag and pinch, by keys and by buttons. */
export class Zoom {
  view = $state.raw<ZoomTransform>(zoomIdentity);

  private drawing: SVGSVGElement | null = null;
  private readonly behaviour = zoom<SVGSVGElement, unknown>().scaleExtent([0.05, 24]);

  /** `whole`: what brings all of it into sight. `onmove` is called after each move. */
  constructor(
    private readonly whole: () => { factor: number; shift: [number, number] },
    onmove: () => void,
  ) {
    this.behaviour.on("zoom", ({ transform }) => {
      this.view = transform;
      onmove();
    });
  }

  /** Clicks stay clicks. */
  readonly attach = (drawing: SVGSVGElement) => {
    this.drawing = drawing;
    select(drawing).call(this.behaviour);
    return () => select(drawing).on(".zoom", null);
  };

  closer(): void {
    this.scale(key_factor);
  }

  farther(): void {
    this.scale(1 / key_factor);
  }

  showAll(): void {
    const { factor, shift } = this.whole();
    if (this.drawing)
      select(this.drawing).call(this.behaviour.transform, zoomIdentity.translate(...shift).scale(factor));
  }

  /** Moves by a key; keys of other meaning go on their way. */
  readonly key = (event: KeyboardEvent): void => {
    const moves: Record<string, () => void> = {
      ArrowLeft: () => this.pan(key_pan, 0),
      ArrowRight: () => this.pan(-key_pan, 0),
      ArrowUp: () => this.pan(0, key_pan),
      ArrowDown: () => this.pan(0, -key_pan),
      "+": () => this.closer(),
      "=": () => this.closer(),
      "-": () => this.farther(),
      "0": () => this.showAll(),
    };
    const move = moves[event.key];
    if (!move) return;
    move();
    event.preventDefault();
    event.stopPropagation();
  };

  private scale(factor: number): void {
    if (this.drawing) select(this.drawing).call(this.behaviour.scaleBy, factor);
  }

  private pan(x: number, y: number): void {
    if (this.drawing) select(this.drawing).call(this.behaviour.translateBy, x / this.view.k, y / this.view.k);
  }
}
