"""Renders a description as a picture: subject, scene, light, style and attributes.

render(Description("rabbit", "space", "pixel art", seed=3), sprites)
"""

from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image

from storybook.light import LIGHTS
from storybook.scenes import COLOURS, SIZE, paint
from storybook.styles import STYLES, Style

CELL = 8
"""Pixels of the picture for each element of the latent, along a side. Sprites are placed on this grid: moving a sprite
by a cell moves its latent by an element, so there are far fewer patterns to learn."""
SIDES = {"": 96, "tiny": 48, "huge": 128}
SHIFTS = {"": 0, "left": -3, "right": 3}
GROUPS = {
    1: (96, [(0, 0)]),
    2: (64, [(-4, 0), (4, 0)]),
    3: (48, [(-5, 2), (5, 2), (0, -3)]),
}
"""For one, two and three subjects: the side in pixels, and each one's offset from the middle, (x, y) in cells."""


@dataclass(frozen=True)
class Description:
    """What a picture shows. `subject` is a subject's name or empty; the seed decides everything that is not named."""

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
    """The sprite in one colour, with its light and shade."""
    pixels = np.asarray(sprite, np.float32)
    grey = pixels[..., :3] @ np.array([0.3, 0.59, 0.11], np.float32)
    bright = max(float(np.percentile(grey[pixels[..., 3] > 128], 70)), 60.0)
    tone = (grey / bright)[..., None].clip(0.15, 1.6)
    hue = np.array(COLOURS[colour], np.float32)
    shaded = np.where(tone < 1, hue * tone, hue + (255 - hue) * (tone - 1))
    return Image.fromarray(np.concatenate([shaded, pixels[..., 3:]], 2).clip(0, 255).astype(np.uint8))


def shadow_of(sprite: Image.Image, opacity: float) -> Image.Image:
    """The sprite's shape in black."""
    alpha = sprite.getchannel("A").point(lambda value: round(value * opacity))
    return Image.merge("RGBA", [Image.new("L", sprite.size)] * 3 + [alpha])


def paste(picture: Image.Image, sprite: Image.Image, side: int, x: int, y: int, style: Style) -> None:
    """Pastes the sprite, `side` pixels a side, its middle `x`, `y` cells away from the picture's middle."""
    small = style.sprite_filter(sprite.resize((side, side), Image.Resampling.BICUBIC))
    left, top = (SIZE - side) // 2 + CELL * x, (SIZE - side) // 2 + CELL * y
    if style.shadow:
        cast = style.shadow.blur(shadow_of(small, style.shadow.opacity))
        picture.paste(cast, (left + style.shadow.dx, top + style.shadow.dy), cast)
    picture.paste(small, (left, top), small)


def render(description: Description, sprites: dict[str, Image.Image]) -> Image.Image:
    """The picture, RGB, `SIZE` pixels a side. `sprites` are the subject's RGBA sprites by sprite set."""
    rng = Random(description.seed)
    style = STYLES[description.style]
    picture = style.scene_filter(paint(description.scene, rng))
    if description.subject:
        sprite = sprites[style.sprite_set]
        if description.colour:
            sprite = tinted(sprite, description.colour)
        side, offsets = GROUPS[description.number]
        if description.number == 1:
            side = SIDES[description.size]
        dx, dy = rng.choice((-1, 0, 1)), rng.choice((0, 1))
        for x, y in offsets:
            shift = SHIFTS[description.position] if description.number == 1 else 0
            paste(picture, sprite, side, x + shift + dx, y + dy, style)
    if description.light:
        picture = LIGHTS[description.light].apply(picture)
    return style.picture_filter(picture)
