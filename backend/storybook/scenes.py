"""The scenes: plain backgrounds, and places painted by code, which vary with the seed.

A painter takes a `random.Random` and returns an RGB image of `CANVAS` pixels a side; `paint` reduces it to `SIZE`,
which antialiases its edges.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from PIL import Image, ImageDraw

SIZE = 128
CANVAS = 256
Colour = tuple[int, int, int]

COLOURS: dict[str, Colour] = {
    "white": (250, 250, 250),
    "red": (225, 60, 55),
    "orange": (245, 150, 45),
    "yellow": (250, 215, 70),
    "green": (90, 180, 90),
    "blue": (70, 130, 225),
    "purple": (150, 95, 205),
    "pink": (250, 170, 200),
    "black": (25, 25, 30),
    "gray": (160, 160, 165),
}


@dataclass(frozen=True)
class Scene:
    """A scene's name, the phrases that ask for it, and its painter."""

    name: str
    phrases: tuple[str, ...]
    painter: Callable[[Random], Image.Image]
    is_place: bool = True


def shade(colour: Colour, rng: Random, spread: int = 10) -> Colour:
    """The colour with a random change of lightness up to `spread`, and of each channel up to half of that."""
    light = rng.randint(-spread, spread)
    return tuple(max(0, min(255, c + light + rng.randint(-spread // 2, spread // 2))) for c in colour)  # type: ignore[return-value]


def sky(top: Colour, bottom: Colour) -> Image.Image:
    """A canvas with a vertical gradient."""
    t = np.linspace(0, 1, CANVAS)[:, None, None]
    rows = np.array(top) * (1 - t) + np.array(bottom) * t
    return Image.fromarray(np.broadcast_to(rows, (CANVAS, CANVAS, 3)).astype(np.uint8))


def disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: Colour) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def ridge(draw: ImageDraw.ImageDraw, rng: Random, level: float, swing: float, colour: Colour) -> None:
    """Hilly ground from y = `level` downwards; its top is a sine of amplitude `swing`, in pixels."""
    phase, waves = rng.uniform(0, math.tau), rng.uniform(0.6, 1.6)
    top = [(x, level + swing * math.sin(phase + waves * math.tau * x / CANVAS)) for x in range(0, CANVAS + 8, 8)]
    draw.polygon([*top, (CANVAS, CANVAS), (0, CANVAS)], fill=colour)


def cloud(draw: ImageDraw.ImageDraw, rng: Random, colour: Colour = (250, 252, 255)) -> None:
    x, y, width = rng.randint(0, CANVAS), rng.randint(16, 70), rng.randint(14, 24)
    for dx, radius in ((-width, 0.7), (0, 1.0), (width, 0.75)):
        disc(draw, x + dx, y, radius * width * 0.8, colour)


def stars(draw: ImageDraw.ImageDraw, rng: Random, number: int, bottom: int) -> None:
    for _ in range(number):
        disc(draw, rng.randint(0, CANVAS), rng.randint(0, bottom), rng.choice((2.5, 3.5)), (255, 255, 225))


def plain(colour: Colour) -> Callable[[Random], Image.Image]:
    """A painter of one flat colour, randomly a little lighter or darker."""
    return lambda rng: Image.new("RGB", (CANVAS, CANVAS), shade(colour, rng, 6))


def meadow(rng: Random) -> Image.Image:
    image = sky(shade((120, 195, 250), rng), (215, 240, 255))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(0, 3)):
        cloud(draw, rng)
    ridge(draw, rng, rng.randint(135, 155), 12, shade((140, 205, 105), rng))
    ridge(draw, rng, rng.randint(165, 190), 10, shade((105, 185, 80), rng))
    for _ in range(rng.randint(4, 12)):
        colour = rng.choice(((255, 240, 120), (255, 255, 255), (250, 150, 180)))
        disc(draw, rng.randint(0, CANVAS), rng.randint(205, 250), 5, colour)
    return image


def beach(rng: Random) -> Image.Image:
    image = sky(shade((115, 195, 245), rng), (225, 245, 255))
    draw = ImageDraw.Draw(image)
    disc(draw, rng.choice((36, 60, 200, 226)), rng.randint(26, 46), rng.randint(18, 24), (255, 225, 90))
    horizon, shore = rng.randint(118, 138), rng.randint(180, 200)
    draw.rectangle((0, horizon, CANVAS, CANVAS), fill=shade((40, 140, 205), rng))
    for _ in range(rng.randint(2, 6)):
        x, y = rng.randint(0, CANVAS), rng.randint(horizon + 8, shore - 12)
        draw.line((x, y, x + rng.randint(14, 40), y), fill=(150, 210, 240), width=3)
    ridge(draw, rng, shore, 6, (235, 250, 255))
    ridge(draw, rng, shore + 7, 6, shade((240, 215, 150), rng))
    return image


def space(rng: Random) -> Image.Image:
    image = sky(shade((8, 8, 30), rng, 6), shade((40, 22, 78), rng))
    draw = ImageDraw.Draw(image)
    stars(draw, rng, rng.randint(24, 36), CANVAS)
    for _ in range(rng.randint(1, 2)):
        x, y, radius = rng.choice((34, 60, 200, 222)), rng.choice((36, 54, 206)), rng.randint(16, 28)
        colour = rng.choice(((235, 170, 110), (205, 105, 95), (120, 165, 225), (170, 140, 220)))
        disc(draw, x, y, radius, colour)
        if rng.random() < 0.5:
            draw.arc(
                (x - radius * 1.7, y - radius * 0.5, x + radius * 1.7, y + radius * 0.5),
                0,
                360,
                (250, 220, 180),
                4,
            )
    return image


def night(rng: Random) -> Image.Image:
    top = shade((12, 20, 62), rng, 6)
    image = sky(top, (52, 72, 135))
    draw = ImageDraw.Draw(image)
    stars(draw, rng, rng.randint(12, 20), 150)
    x, y = rng.choice((44, 70, 186, 212)), rng.randint(36, 56)
    disc(draw, x, y, 26, (250, 245, 200))
    disc(draw, x + 14, y - 7, 23, shade((20, 28, 74), rng, 3))
    ridge(draw, rng, rng.randint(180, 200), 8, shade((20, 48, 50), rng, 6))
    return image


def snow(rng: Random) -> Image.Image:
    image = sky(shade((170, 195, 228), rng), (232, 240, 250))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(0, 3)):
        fir(
            draw,
            rng.randint(0, CANVAS),
            rng.randint(150, 168),
            rng.randint(50, 80),
            shade((95, 135, 140), rng),
        )
    ridge(draw, rng, rng.randint(150, 168), 8, (225, 234, 246))
    ridge(draw, rng, rng.randint(180, 196), 8, (250, 252, 255))
    for _ in range(rng.randint(16, 26)):
        disc(draw, rng.randint(0, CANVAS), rng.randint(0, CANVAS), 5, (255, 255, 255))
    return image


def fir(draw: ImageDraw.ImageDraw, x: float, foot: float, height: float, colour: Colour) -> None:
    draw.rectangle((x - 4, foot - height * 0.2, x + 4, foot), fill=(95, 65, 40))
    for k in range(3):
        base, half = foot - height * (0.15 + 0.25 * k), height * (0.34 - 0.07 * k)
        draw.polygon([(x - half, base), (x, base - height * 0.42), (x + half, base)], fill=colour)


def forest(rng: Random) -> Image.Image:
    image = sky(shade((150, 200, 150), rng), shade((95, 150, 100), rng))
    draw = ImageDraw.Draw(image)
    for x in range(-10, CANVAS, 44):
        fir(draw, x + rng.randint(-8, 24), 190, rng.randint(140, 190), shade((55, 115, 75), rng))
    for x in range(-30, CANVAS + 30, 62):
        fir(draw, x + rng.randint(-10, 30), 210, rng.randint(150, 200), shade((30, 92, 58), rng))
    ridge(draw, rng, rng.randint(194, 206), 5, shade((75, 130, 62), rng))
    return image


def bamboo(rng: Random) -> Image.Image:
    image = sky(shade((205, 232, 170), rng), shade((150, 200, 120), rng))
    draw = ImageDraw.Draw(image)
    for x in range(0, CANVAS, 26):
        x += rng.randint(-4, 12)
        stem, joint = shade((100, 165, 60), rng, 18), rng.randint(0, 40)
        draw.rectangle((x - 6, 0, x + 6, CANVAS), fill=stem)
        for y in range(joint, CANVAS, 44):
            draw.line((x - 7, y, x + 7, y), fill=(62, 115, 40), width=3)
    for _ in range(rng.randint(10, 18)):
        x, y, side = rng.randint(0, CANVAS), rng.randint(0, 120), rng.choice((-1, 1))
        draw.polygon(
            [(x, y), (x + side * 18, y + 6), (x + side * 34, y + 20), (x + side * 14, y + 14)],
            fill=(60, 135, 50),
        )
    ridge(draw, rng, rng.randint(204, 216), 5, shade((110, 150, 70), rng))
    return image


def underwater(rng: Random) -> Image.Image:
    image = sky(shade((35, 155, 212), rng), shade((8, 55, 120), rng))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randint(8, 16)):
        x, y, r = rng.randint(0, CANVAS), rng.randint(0, 220), rng.randint(4, 11)
        draw.ellipse((x - r, y - r, x + r, y + r), outline=(190, 230, 250), width=3)
    for _ in range(rng.randint(2, 5)):
        x, tall = rng.choice((rng.randint(6, 60), rng.randint(196, 250))), rng.randint(30, 80)
        points = [(x + 7 * math.sin(y / 11), 226 - y) for y in range(0, tall, 6)]
        draw.line(points, fill=shade((40, 150, 95), rng), width=8, joint="curve")
    ridge(draw, rng, rng.randint(218, 230), 4, shade((215, 195, 140), rng))
    return image


def desert(rng: Random) -> Image.Image:
    image = sky(shade((255, 150, 90), rng), (255, 218, 145))
    draw = ImageDraw.Draw(image)
    disc(draw, rng.choice((50, 80, 180, 205)), rng.randint(50, 80), rng.randint(28, 36), (255, 240, 190))
    ridge(draw, rng, rng.randint(150, 166), 14, shade((228, 168, 88), rng))
    ridge(draw, rng, rng.randint(184, 202), 14, shade((206, 140, 70), rng))
    for _ in range(rng.randint(0, 2)):
        x, y = rng.choice((24, 40, 216, 234)), rng.randint(165, 190)
        draw.rounded_rectangle((x - 6, y - 44, x + 6, y), 6, fill=(70, 130, 80))
        draw.rounded_rectangle((x - 18, y - 30, x + 16, y - 22), 4, fill=(70, 130, 80))
    return image


def city(rng: Random) -> Image.Image:
    image = sky(shade((72, 62, 125), rng), shade((240, 132, 112), rng))
    draw = ImageDraw.Draw(image)
    for x in range(-8, CANVAS, 34):
        tall, wide = rng.randint(70, 165), rng.randint(27, 34)
        draw.rectangle((x, CANVAS - tall, x + wide, CANVAS), fill=shade((44, 42, 76), rng, 6))
        for y in range(CANVAS - tall + 10, CANVAS - 30, 20):
            for window in (x + 5, x + 17):
                if rng.random() < 0.6:
                    draw.rectangle((window, y, window + 6, y + 9), fill=(255, 220, 120))
    draw.rectangle((0, 232, CANVAS, CANVAS), fill=shade((58, 56, 66), rng, 5))
    return image


def mountains(rng: Random) -> Image.Image:
    image = sky(shade((130, 180, 235), rng), (235, 240, 250))
    draw = ImageDraw.Draw(image)
    for base, colour in ((40, (150, 160, 190)), (150, (120, 130, 165)), (230, (135, 145, 178))):
        x, peak, half = base + rng.randint(-30, 30), rng.randint(30, 80), rng.randint(90, 120)
        slope = (200 - peak) / half
        draw.polygon([(x - half, 200), (x, peak), (x + half, 200)], fill=shade(colour, rng))
        cap = rng.randint(22, 32)
        draw.polygon([(x - cap / slope, peak + cap), (x, peak), (x + cap / slope, peak + cap)], fill=(250, 252, 255))
    ridge(draw, rng, rng.randint(188, 202), 8, shade((95, 150, 100), rng))
    return image


def room(rng: Random) -> Image.Image:
    wall = rng.choice(((235, 205, 170), (200, 215, 225), (225, 200, 210)))
    image = Image.new("RGB", (CANVAS, CANVAS), shade(wall, rng))
    draw = ImageDraw.Draw(image)
    x, y = rng.choice((16, 24, 168, 176)), rng.randint(24, 40)
    draw.rectangle((x, y, x + 60, y + 66), fill=(255, 255, 255))
    for dx in (5, 33):
        for dy in (5, 36):
            draw.rectangle((x + dx, y + dy, x + dx + 22, y + dy + 25), fill=(150, 205, 245))
    draw.rectangle((0, 186, CANVAS, CANVAS), fill=shade((165, 115, 75), rng))
    draw.rectangle((0, 180, CANVAS, 187), fill=(250, 248, 240))
    width = rng.randint(70, 100)
    draw.ellipse((128 - width, 206, 128 + width, 250), fill=rng.choice(((190, 70, 75), (80, 110, 170), (95, 145, 105))))
    return image


SCENES: dict[str, Scene] = {
    scene.name: scene
    for scene in (
        Scene("meadow", ("in a meadow", "on green grass", "in a field of flowers", "in a garden"), meadow),
        Scene("beach", ("on a beach", "by the sea", "on the beach", "at the seaside"), beach),
        Scene("space", ("in space", "in outer space", "among the stars"), space),
        Scene("night", ("at night", "under the moon", "in the moonlight"), night),
        Scene("snow", ("in the snow", "on a winter day", "in winter", "in a snowy landscape"), snow),
        Scene("forest", ("in a forest", "among trees", "in the woods", "in the forest"), forest),
        Scene("bamboo forest", ("in a bamboo forest", "among bamboo"), bamboo),
        Scene(
            "underwater",
            ("underwater", "under the sea", "under water", "at the bottom of the ocean"),
            underwater,
        ),
        Scene("desert", ("in the desert", "in a desert", "among sand dunes"), desert),
        Scene("city", ("in the city", "in a city", "in front of a skyline", "in town"), city),
        Scene("mountains", ("in the mountains", "in front of mountains", "on a mountain"), mountains),
        Scene("room", ("in a room", "at home", "indoors", "in a living room"), room),
        *(
            Scene(
                f"{name} background",
                (
                    f"on a {name} background",
                    f"on a {name} background",
                    f"with a {name} background",
                    f"on {name}",
                ),
                plain(colour),
                is_place=False,
            )
            for name, colour in COLOURS.items()
        ),
    )
}
PLACES = [scene.name for scene in SCENES.values() if scene.is_place]
BACKGROUNDS = [scene.name for scene in SCENES.values() if not scene.is_place]


def paint(name: str, rng: Random) -> Image.Image:
    """The scene as an RGB image of `SIZE` pixels a side."""
    return SCENES[name].painter(rng).reduce(CANVAS // SIZE)
