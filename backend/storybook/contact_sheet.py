"""Contact sheets of pictures, and the fixed prompts whose pictures every export shows for inspection by eye."""

import numpy as np
from PIL import Image
from torch import Tensor

PROMPTS = (
    "a cute rabbit in space, pixel art",
    "a rabbit in a forest, cartoon",
    "a rocket at night, 3d render",
    "a red apple on a blue background, flat design",
    "a fox in the snow, 3d render",
    "a fox in the snow, ink drawing",
    "a whale underwater, cartoon",
    "a pizza on a yellow background, 3d render",
    "a castle by the sea",
    "an owl at night, cartoon",
    "a strawberry on a beach, 3d render",
    "a robot in the city, 3d render",
    "a panda in a bamboo forest",
    "a panda, pencil sketch",
    "a tulip in a meadow, flat design",
    "a penguin in the snow, cartoon",
    "a car in the city, pixel art",
    "a cat, ink drawing",
    "a cute bunny",
    "a cute and adorable bunny",
    "a dolphin under the sea, flat design",
    "a tree on a pink background, cartoon",
    "a guitar on a purple background, 3d render",
    "a crab by the sea, cartoon",
)


def to_pixels(pictures: Tensor) -> np.ndarray:
    """Pictures [n, 3, y, x] in −1…1 to uint8 [n, y, x, 3]."""
    return ((pictures.clamp(-1, 1) + 1) * 127.5).round().permute(0, 2, 3, 1).numpy().astype(np.uint8)


def contact_sheet(pictures: Tensor, columns: int = 8, gap: int = 2) -> Image.Image:
    """Pictures [n, 3, y, x] in −1…1, in rows of `columns` with `gap` white pixels between."""
    pixels = to_pixels(pictures)
    rows, side = -(-len(pixels) // columns), pixels.shape[1] + gap
    sheet = Image.new("RGB", (columns * side - gap, rows * side - gap), "white")
    for k, picture in enumerate(pixels):
        sheet.paste(Image.fromarray(picture), ((k % columns) * side, (k // columns) * side))
    return sheet
