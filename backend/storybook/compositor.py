"""A description becomes a picture: a subject, in a scene, in a light, in a style, with its attributes.

render(Description("rabbit", "space", "pixel art", seed=3), sprite_of)
"""

from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image

from storybook.light import LIGHTS
from storybook.scenes import COLOURS, SIZE, paint
from storybook.styles import STYLES, Style

CELL = 8
"""Pixels that one number of the latent stands for. Sprites stand on this grid, so that a sprite moved by a cell is the
same latent moved by a number: far fewer patterns to learn, and as many pictures."""
SIDES = {"": 96, "tiny": 48, "huge": 128}
SHIFTS = {"": 0, "left": -3, "right": 3}
GROUPS = {
    1: (96, [(0, 0)]),
    2: (64, [(-4, 0), (4, 0)]),
    3: (48, [(-5, 2), (5, 2), (0, -3)]),
}
"""Of one, two and three subjects: the side in pixels, and where each stands, in cells."""


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


def shadow_of(sprite: Image.Image, strength: float) -> Image.Image:
    """The sprite's shape in translucent black."""
    alpha = sprite.getchannel("A").point(lambda value: round(value * strength))
    return Image.merge("RGBA", [Image.new("L", sprite.size)] * 3 + [alpha])


def stamp(picture: Image.Image, sprite: Image.Image, side: int, x: int, y: int, style: Style) -> None:
    """Draws the sprite, `side` pixels a side, its middle `x`, `y` cells away from the picture's middle."""
    small = style.finish(sprite.resize((side, side), Image.Resampling.BICUBIC))
    left, top = (SIZE - side) // 2 + CELL * x, (SIZE - side) // 2 + CELL * y
    if style.shadow:
        cast = style.shadow.soften(shadow_of(small, style.shadow.strength))
        picture.paste(cast, (left + style.shadow.across, top + style.shadow.down), cast)
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
        side, places = GROUPS[description.number]
        if description.number == 1:
            side = SIDES[description.size]
        across, down = rng.choice((-1, 0, 1)), rng.choice((0, 1))
        for x, y in places:
            shift = SHIFTS[description.position] if description.number == 1 else 0
            stamp(picture, sprite, side, x + shift + across, y + down, style)
    if description.light:
        picture = LIGHTS[description.light].shine(picture)
    return style.after(picture)
