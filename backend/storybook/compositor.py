"""A description becomes a picture: a subject, in a scene, in a style, with its attributes.

render(Description("rabbit", "space", "pixel art", seed=3), sprite_of)
"""

from dataclasses import dataclass
from random import Random

from PIL import Image

from storybook.scenes import SIZE, paint
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
    seed: int = 0


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
        scale = SCALES[description.size] * rng.uniform(0.92, 1.08) * (1 if description.number == 1 else 0.58)
        for x, y in GROUPS[description.number]:
            shift = SHIFTS[description.position] if description.number == 1 else 0
            jitter_x, jitter_y = rng.uniform(-5, 5), rng.uniform(-4, 4)
            stamp(picture, sprite_of[style.hand], scale, x + shift + jitter_x, y + 6 + jitter_y)
    return style.after(picture)
