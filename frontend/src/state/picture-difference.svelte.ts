import { differenceMaps, type Maps } from "../tensor/comparison";
import type { Tensor } from "../tensor/tensor";
import type { Picture } from "../drawing/picture";
import { pixelsOf } from "../drawing/pixels";

const most_pixels = 128;

/** How the pictures of two runs differ at every step as they are shown here: after WebP, at most so many pixels a side. */
export class PictureDifference {
  found = $state.raw<(Maps & { width: number; height: number }) | null>(null);

  private readonly read = new WeakMap<Picture, Promise<Tensor>>();
  private turn = 0;

  /** Measures these pictures of A against those of B; each is read once. */
  async measure(a: Picture[], b: Picture[]): Promise<void> {
    const turn = ++this.turn;
    const steps = Math.min(a.length, b.length);
    const both = Promise.all([a, b].map((all) => this.pixels(all.slice(0, steps))));
    const [pixels_a, pixels_b] = await both.catch(() => [null, null]); // a picture that cannot be decoded
    if (turn !== this.turn) return;
    if (!pixels_a || !pixels_b) return void (this.found = null);
    const [, height = 0, width = 0] = pixels_a[0]?.shape ?? [];
    this.found = steps > 0 ? { ...differenceMaps(pixels_a, pixels_b), width, height } : null;
  }

  private pixels(pictures: Picture[]): Promise<Tensor[]> {
    return Promise.all(
      pictures.map((picture) => {
        const known = this.read.get(picture) ?? pixelsOf(picture, most_pixels);
        this.read.set(picture, known);
        return known;
      }),
    );
  }
}
