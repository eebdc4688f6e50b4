"""A description becomes a picture: a subject, in a scene, in a light, in a style, with its attributes.

render(Description("rabbit", "space", "pixel art", seed=3), sprite_of)
"""

from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image

from storybook.light import LIGHTS
from storybook.scenes import COLOURS, SIZE, paint
from storybook.styles import STYLES

SCALES = {"": 0.74, "tiny": 0.36, "huge": 1.04}
SHIFTS = {"": 0, "left": -26, "right": 26}
GROUPS = {
    1: [(0, 0)],
    2: [(-29, 2), (29, 2)],
    3: [(-36, 14), (36, 14), (0, -22)],
}


@dataclass(frozen=True)
class Description:
    """What a picture shows. `subject` is a subject's name or empty; the seed decides all that is left open."""

    subject: str
    scene: str
    style: str
    size: str = ""
    position: str = ""
    number: int = 1
    colour: str = ""
    light: str = ""
    seed: int = 0


def tinted(sprite: Image.Image, colour: str) -> Image.Image:
    """The sprite with its light and shade, all in one colour."""
    pixels = np.asarray(sprite, np.float32)
    grey = pixels[..., :3] @ np.array([0.3, 0.59, 0.11], np.float32)
    bright = max(float(np.percentile(grey[pixels[..., 3] > 128], 70)), 60.0)
    tone = (grey / bright)[..., None].clip(0.15, 1.6)
    hue = np.array(COLOURS[colour], np.float32)
    shaded = np.where(tone < 1, hue * tone, hue + (255 - hue) * (tone - 1))
    return Image.fromarray(np.concatenate([shaded, pixels[..., 3:]], 2).clip(0, 255).astype(np.uint8))


def stamp(picture: Image.Image, sprite: Image.Image, scale: float, x: float, y: float) -> None:
    """Draws the sprite on the picture, its middle `x`, `y` away from the picture's middle."""
    side = max(4, round(SIZE * scale))
    small = sprite.resize((side, side), Image.Resampling.BICUBIC)
    left, top = round((SIZE - side) / 2 + x), round((SIZE - side) / 2 + y)
    picture.paste(small, (left, top), small)


def render(description: Description, sprite_of: dict[str, Image.Image]) -> Image.Image:
    """The picture, RGB, `SIZE` pixels a side. `sprite_of` gives the subject's RGBA sprite in each hand."""
    rng = Random(description.seed)
    style = STYLES[description.style]
    picture = style.before(paint(description.scene, rng))
    if description.subject:
        sprite = sprite_of[style.hand]
        if description.colour:
            sprite = tinted(sprite, description.colour)
        scale = SCALES[description.size] * rng.uniform(0.92, 1.08) * (1 if description.number == 1 else 0.58)
        for x, y in GROUPS[description.number]:
            shift = SHIFTS[description.position] if description.number == 1 else 0
            jitter_x, jitter_y = rng.uniform(-5, 5), rng.uniform(-4, 4)
            stamp(picture, sprite, scale, x + shift + jitter_x, y + 6 + jitter_y)
    if description.light:
        picture = LIGHTS[description.light].shine(picture)
    return style.after(picture)
