/**
 * The share of a picture's contrast that lies inside blocks of `across` × `down` pixels: variance around each block's
 * mean colour over variance around the picture's. 0 for a mosaic of flat blocks, 1 where all blocks are alike.
 */
export function detailShare(
  rgba: ArrayLike<number>,
  width: number,
  height: number,
  across: number,
  down: number,
): number {
  let [inside, all] = [0, 0];
  for (let colour = 0; colour < 3; colour++) {
    const whole = moments(rgba, width, colour, 0, 0, width, height);
    all += whole.squares - (whole.sum * whole.sum) / whole.count;
    for (let y = 0; y < height; y += down) {
      for (let x = 0; x < width; x += across) {
        const block = moments(
          rgba,
          width,
          colour,
          x,
          y,
          Math.min(x + across, width),
          Math.min(y + down, height),
        );
        inside += block.squares - (block.sum * block.sum) / block.count;
      }
    }
  }
  return all > 0 ? inside / all : 0;
}

function moments(
  rgba: ArrayLike<number>,
  width: number,
  colour: number,
  left: number,
  top: number,
  right: number,
  bottom: number,
) {
  let [sum, squares] = [0, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const value = rgba[(y * width + x) * 4 + colour]!;
      sum += value;
      squares += value * value;
    }
  }
  return { sum, squares, count: (right - left) * (bottom - top) };
}
