"""The styles: which hand draws the subject, what becomes of the scene behind it, and of the finished picture."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

Filter = Callable[[Image.Image], Image.Image]


def unchanged(image: Image.Image) -> Image.Image:
    return image


@dataclass(frozen=True)
class Shadow:
    """What a subject casts on its scene: how dark, how many pixels away, and how it is softened."""

    strength: float
    across: int
    down: int
    soften: Filter


@dataclass(frozen=True)
class Style:
    """`before` changes the scene alone, `finish` the sprite, `after` the whole picture.

    `weight` is how often training shows it.

    Only in a `coloured` style can subjects have a colour of their own, and scenes a light.
    """

    name: str
    phrases: tuple[str, ...]
    hand: str
    before: Filter
    after: Filter
    weight: float = 1.0
    coloured: bool = True
    finish: Filter = unchanged
    shadow: Shadow | None = None


def pale(image: Image.Image) -> Image.Image:
    """A thin wash of the colours on paper, so that black ink reads well."""
    return Image.blend(Image.new("RGB", image.size, "white"), image, 0.38)


def out_of_focus(image: Image.Image) -> Image.Image:
    """A scene behind a subject that the lens is set on."""
    return image.filter(ImageFilter.GaussianBlur(2.2))


def softened(image: Image.Image) -> Image.Image:
    """A shadow of a large lamp."""
    return image.filter(ImageFilter.GaussianBlur(3))


def cut_from_paper(image: Image.Image) -> Image.Image:
    """Few flat tones, pale like coloured paper."""
    flat = image.filter(ImageFilter.MedianFilter(5)).point([min(255, round(v / 64) * 64) for v in range(256)] * 3)
    return Image.blend(flat, Image.new("RGB", image.size, (255, 250, 240)), 0.3)


def ringed(sprite: Image.Image, colour: tuple[int, int, int], width: int) -> Image.Image:
    """The sprite with a rim of `width` pixels around its shape."""
    alpha = sprite.getchannel("A")
    rim = alpha.filter(ImageFilter.MaxFilter(2 * width + 1)).filter(ImageFilter.GaussianBlur(0.5))
    around = Image.merge("RGBA", [Image.new("L", sprite.size, tone) for tone in colour] + [rim])
    return Image.alpha_composite(around, sprite)


def outlined(sprite: Image.Image) -> Image.Image:
    """The thick dark line of comics."""
    return ringed(sprite, (25, 20, 30), 2)


def cut_out(sprite: Image.Image) -> Image.Image:
    """The white edge that scissors leave."""
    return ringed(sprite, (255, 255, 255), 2)


def pixelated(image: Image.Image, blocks: int = 32, colours: int = 16) -> Image.Image:
    """`blocks` × `blocks` squares in few colours."""
    small = image.reduce(image.width // blocks).quantize(colours, kmeans=1).convert("RGB")
    return small.resize(image.size, Image.Resampling.NEAREST)


def sketched(image: Image.Image) -> Image.Image:
    """Graphite lines where tones change (dodge blend), over a light grey wash, on warm paper."""
    grey = ImageOps.grayscale(image)
    tone = np.asarray(grey.filter(ImageFilter.GaussianBlur(0.6)), np.float32) + 12
    blurred = np.asarray(grey.filter(ImageFilter.GaussianBlur(3)), np.float32) + 12
    lines = np.clip((tone + 3) / np.maximum(blurred, 48), 0, 1) ** 4
    wash = 0.45 + 0.55 * np.clip(tone / 255, 0, 1)
    paper = np.array([250, 247, 240], np.float32)
    return Image.fromarray(((lines * wash)[..., None] * paper).clip(0, 255).astype(np.uint8))


def tinted_paper(image: Image.Image) -> Image.Image:
    """Scenes of a sketch: pale, so that the subject's lines stand out."""
    return Image.blend(Image.new("RGB", image.size, (235, 235, 235)), image, 0.7)


def inked(image: Image.Image) -> Image.Image:
    """The picture as it is, with thin dark outlines where scene colours meet."""
    tones = ImageOps.expand(ImageOps.grayscale(image), 1).filter(ImageFilter.FIND_EDGES)
    strength = ImageOps.crop(tones, 2).resize(image.size).point(lambda value: max(0, min(255, (value - 20) * 2)))
    edges = ImageOps.invert(strength)
    return ImageChops.multiply(image, Image.merge("RGB", (edges, edges, edges)))


@cache
def paper(side: int) -> np.ndarray:
    """The blots of watercolour paper: factors around 1, float32 [side, side, 1]."""
    random = np.random.default_rng(0)
    blots = Image.fromarray(random.uniform(0, 255, (9, 9)).astype(np.uint8)).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    return (0.92 + 0.16 * np.asarray(blots, np.float32) / 255)[..., None].astype(np.float32)


def watercoloured(image: Image.Image) -> Image.Image:
    """Flat washes that thin out into the paper, darker where a wash ends."""
    wash = image.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.GaussianBlur(0.7))
    tones = np.asarray(wash, np.float32)
    rims = np.abs(tones - np.asarray(wash.filter(ImageFilter.GaussianBlur(3)), np.float32)).mean(2, keepdims=True)
    thinned = 255 - (255 - tones) * 0.72 * paper(image.width)
    return Image.fromarray((thinned - 1.1 * rims).clip(0, 255).astype(np.uint8))


def neon_lit(image: Image.Image) -> Image.Image:
    """Glowing tubes along the outlines, in the colours beside them, at night."""
    tones = np.asarray(image, np.float32)
    outlines = image.filter(ImageFilter.FIND_EDGES).crop((1, 1, image.width - 1, image.height - 1))
    edges = np.asarray(ImageOps.expand(outlines, 1), np.float32).max(2, keepdims=True)
    strongest = tones.max(2, keepdims=True)
    vivid = 255 * ((tones - 0.6 * tones.min(2, keepdims=True) + 30) / (strongest + 30)).clip(0, 1)
    tubes = Image.fromarray((vivid * (edges / 110).clip(0, 1)).astype(np.uint8))
    glow = np.asarray(tubes.filter(ImageFilter.GaussianBlur(4)), np.float32)
    night = 0.14 * tones + np.array([6, 4, 20], np.float32)
    lit = night + np.asarray(tubes.filter(ImageFilter.GaussianBlur(0.6)), np.float32) * 1.15 + 1.1 * glow
    return Image.fromarray(lit.clip(0, 255).astype(np.uint8))


@cache
def bricks(side: int, wide: int = 8, high: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Which brick each pixel belongs to, int [side, side], and whether it is grout, bool [side, side].

    Every other row begins with half a brick.
    """
    y, x = np.mgrid[:side, :side]
    row = y // high
    shifted = x + wide // 2 * (row % 2)
    grout = (shifted % wide == 0) | (y % high == 0)
    return row * (side // wide + 1) + shifted // wide, grout


def laid_in_mosaic(image: Image.Image) -> Image.Image:
    """Small bricks of one colour each, with light grout between."""
    stones, grout = bricks(image.width)
    tones = np.asarray(image, np.float32)
    sizes = np.bincount(stones.ravel()).clip(1)
    means = np.stack([np.bincount(stones.ravel(), tones[..., c].ravel()) / sizes for c in range(3)], -1)
    laid = means[stones] * 0.96
    laid[grout] = 0.55 * laid[grout] + 0.45 * np.array([226, 220, 208])
    return Image.fromarray(laid.clip(0, 255).astype(np.uint8))


STYLES: dict[str, Style] = {
    style.name: style
    for style in (
        Style(
            "3d render",
            ("3d render", "3d", "glossy 3d render", "clay render"),
            "3d",
            out_of_focus,
            unchanged,
            shadow=Shadow(0.45, 2, 8, softened),
        ),
        Style(
            "flat design",
            ("flat design", "flat vector art", "minimalist flat design"),
            "flat",
            cut_from_paper,
            unchanged,
            finish=cut_out,
            shadow=Shadow(0.3, 4, 4, unchanged),
        ),
        Style(
            "ink drawing",
            ("ink drawing", "black ink", "ink"),
            "ink",
            lambda image: inked(pale(image)),
            unchanged,
            coloured=False,
        ),
        Style("cartoon", ("cartoon", "cartoon style", "comic"), "cartoon", inked, unchanged, finish=outlined),
        Style("pixel art", ("pixel art", "8-bit pixel art", "pixelated"), "flat", unchanged, pixelated),
        Style(
            "pencil sketch",
            ("pencil sketch", "sketch", "pencil drawing"),
            "3d",
            tinted_paper,
            sketched,
            coloured=False,
        ),
        Style("watercolor", ("watercolor", "watercolour", "watercolor painting"), "3d", unchanged, watercoloured, 0.6),
        Style("neon", ("neon", "neon lights", "glowing neon"), "flat", unchanged, neon_lit, 0.5),
        Style(
            "mosaic", ("mosaic", "a mosaic of tiles", "stained glass mosaic"), "flat", unchanged, laid_in_mosaic, 0.35
        ),
    )
}
