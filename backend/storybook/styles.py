"""The styles: which sprite set a style uses, and the filters it applies to sprite, scene and finished picture."""

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
    """The shadow of a sprite: its opacity (0…1), its offset in pixels, and its blur."""

    opacity: float
    dx: int
    dy: int
    blur: Filter


@dataclass(frozen=True)
class Style:
    """A style's name, the phrases that ask for it, its sprite set, and its filters.

    `weight` is its relative frequency in the training set. Only in a `coloured` style do descriptions give subjects a
    colour, and scenes a light.
    """

    name: str
    phrases: tuple[str, ...]
    sprite_set: str
    scene_filter: Filter = unchanged
    sprite_filter: Filter = unchanged
    picture_filter: Filter = unchanged
    shadow: Shadow | None = None
    weight: float = 1.0
    coloured: bool = True


def lighten(image: Image.Image) -> Image.Image:
    """Reduces the contrast towards white, so that black ink stands out."""
    return Image.blend(Image.new("RGB", image.size, "white"), image, 0.38)


def defocus(image: Image.Image) -> Image.Image:
    """Blurs like a background that is out of focus."""
    return image.filter(ImageFilter.GaussianBlur(2.2))


def soften_shadow(image: Image.Image) -> Image.Image:
    """Blurs a shadow like that of a large lamp."""
    return image.filter(ImageFilter.GaussianBlur(3))


def posterize(image: Image.Image) -> Image.Image:
    """Reduces to a few flat, pale tones."""
    flat = image.filter(ImageFilter.MedianFilter(5)).point([min(255, round(v / 64) * 64) for v in range(256)] * 3)
    return Image.blend(flat, Image.new("RGB", image.size, (255, 250, 240)), 0.3)


def add_outline(sprite: Image.Image, colour: tuple[int, int, int], width: int) -> Image.Image:
    """Draws an outline of `width` pixels around the sprite's shape."""
    alpha = sprite.getchannel("A")
    rim = alpha.filter(ImageFilter.MaxFilter(2 * width + 1)).filter(ImageFilter.GaussianBlur(0.5))
    around = Image.merge("RGBA", [Image.new("L", sprite.size, tone) for tone in colour] + [rim])
    return Image.alpha_composite(around, sprite)


def add_dark_outline(sprite: Image.Image) -> Image.Image:
    """The thick dark outline of comics."""
    return add_outline(sprite, (25, 20, 30), 2)


def add_white_outline(sprite: Image.Image) -> Image.Image:
    """The white outline of a paper cut-out."""
    return add_outline(sprite, (255, 255, 255), 2)


def pixelate(image: Image.Image, blocks: int = 32, colours: int = 16) -> Image.Image:
    """Reduces to `blocks` × `blocks` squares in at most `colours` colours."""
    small = image.reduce(image.width // blocks).quantize(colours, kmeans=1).convert("RGB")
    return small.resize(image.size, Image.Resampling.NEAREST)


def sketch(image: Image.Image) -> Image.Image:
    """Pencil lines at edges (a dodge blend of the picture and its blur) on grey tones and warm white paper."""
    grey = ImageOps.grayscale(image)
    tone = np.asarray(grey.filter(ImageFilter.GaussianBlur(0.6)), np.float32) + 12
    blurred = np.asarray(grey.filter(ImageFilter.GaussianBlur(3)), np.float32) + 12
    lines = np.clip((tone + 3) / np.maximum(blurred, 48), 0, 1) ** 4
    wash = 0.45 + 0.55 * np.clip(tone / 255, 0, 1)
    paper = np.array([250, 247, 240], np.float32)
    return Image.fromarray(((lines * wash)[..., None] * paper).clip(0, 255).astype(np.uint8))


def fade(image: Image.Image) -> Image.Image:
    """Reduces the contrast towards grey, so that the subject's pencil lines stand out."""
    return Image.blend(Image.new("RGB", image.size, (235, 235, 235)), image, 0.7)


def add_ink_lines(image: Image.Image) -> Image.Image:
    """Adds thin dark lines at edges."""
    tones = ImageOps.expand(ImageOps.grayscale(image), 1).filter(ImageFilter.FIND_EDGES)
    strength = ImageOps.crop(tones, 2).resize(image.size).point(lambda value: max(0, min(255, (value - 20) * 2)))
    edges = ImageOps.invert(strength)
    return ImageChops.multiply(image, Image.merge("RGB", (edges, edges, edges)))


@cache
def paper_texture(side: int) -> np.ndarray:
    """The uneven absorption of watercolour paper: factors around 1, float32 [side, side, 1]."""
    random = np.random.default_rng(0)
    blots = Image.fromarray(random.uniform(0, 255, (9, 9)).astype(np.uint8)).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    return (0.92 + 0.16 * np.asarray(blots, np.float32) / 255)[..., None].astype(np.float32)


def paint_watercolour(image: Image.Image) -> Image.Image:
    """Smooths to flat areas with darker borders, lightened by the paper's texture."""
    wash = image.filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.GaussianBlur(0.7))
    tones = np.asarray(wash, np.float32)
    rims = np.abs(tones - np.asarray(wash.filter(ImageFilter.GaussianBlur(3)), np.float32)).mean(2, keepdims=True)
    thinned = 255 - (255 - tones) * 0.72 * paper_texture(image.width)
    return Image.fromarray((thinned - 1.1 * rims).clip(0, 255).astype(np.uint8))


def add_neon(image: Image.Image) -> Image.Image:
    """Glowing tubes along edges, in vivid versions of the colours there, on a darkened picture."""
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
def brick_layout(side: int, wide: int = 8, high: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Each pixel's brick number, int [side, side], and whether it is grout, bool [side, side].

    Every other row begins with half a brick.
    """
    y, x = np.mgrid[:side, :side]
    row = y // high
    shifted = x + wide // 2 * (row % 2)
    grout = (shifted % wide == 0) | (y % high == 0)
    return row * (side // wide + 1) + shifted // wide, grout


def lay_mosaic(image: Image.Image) -> Image.Image:
    """Small bricks, each in its mean colour, with light grout between them."""
    stones, grout = brick_layout(image.width)
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
            scene_filter=defocus,
            shadow=Shadow(0.45, 2, 8, soften_shadow),
        ),
        Style(
            "flat design",
            ("flat design", "flat vector art", "minimalist flat design"),
            "flat",
            scene_filter=posterize,
            sprite_filter=add_white_outline,
            shadow=Shadow(0.3, 4, 4, unchanged),
        ),
        Style(
            "ink drawing",
            ("ink drawing", "black ink", "ink"),
            "ink",
            scene_filter=lambda image: add_ink_lines(lighten(image)),
            coloured=False,
        ),
        Style(
            "cartoon",
            ("cartoon", "cartoon style", "comic"),
            "cartoon",
            scene_filter=add_ink_lines,
            sprite_filter=add_dark_outline,
        ),
        Style("pixel art", ("pixel art", "8-bit pixel art", "pixelated"), "flat", picture_filter=pixelate),
        Style(
            "pencil sketch",
            ("pencil sketch", "sketch", "pencil drawing"),
            "3d",
            scene_filter=fade,
            picture_filter=sketch,
            coloured=False,
        ),
        Style(
            "watercolor",
            ("watercolor", "watercolour", "watercolor painting"),
            "3d",
            picture_filter=paint_watercolour,
            weight=0.6,
        ),
        Style("neon", ("neon", "neon lights", "glowing neon"), "flat", picture_filter=add_neon, weight=0.5),
        Style(
            "mosaic",
            ("mosaic", "a mosaic of tiles", "stained glass mosaic"),
            "flat",
            picture_filter=lay_mosaic,
            weight=0.35,
        ),
    )
}
