"""The styles: which hand draws the subject, what becomes of the scene behind it, and of the finished picture."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

Filter = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class Style:
    """`before` changes the scene alone, `after` the picture with the subject in it."""

    name: str
    phrases: tuple[str, ...]
    hand: str
    before: Filter
    after: Filter


def unchanged(image: Image.Image) -> Image.Image:
    return image


def pale(image: Image.Image) -> Image.Image:
    """A thin wash of the colours on paper, so that black ink reads well."""
    return Image.blend(Image.new("RGB", image.size, "white"), image, 0.38)


def posterised(image: Image.Image) -> Image.Image:
    """Fewer, flatter tones: five levels a channel."""
    table = [round(value / 51) * 51 for value in range(256)]
    return Image.blend(image, image.point(table * 3), 0.6)


def pixelated(image: Image.Image, blocks: int = 32, colours: int = 24) -> Image.Image:
    """`blocks` × `blocks` squares in few colours."""
    small = image.reduce(image.width // blocks).quantize(colours, kmeans=1).convert("RGB")
    return small.resize(image.size, Image.Resampling.NEAREST)


def sketched(image: Image.Image) -> Image.Image:
    """Graphite lines where tones change (dodge blend), over a light grey wash, on warm paper."""
    grey = ImageOps.grayscale(image)
    tone = np.asarray(grey.filter(ImageFilter.GaussianBlur(0.6)), np.float32) + 12
    blurred = np.asarray(grey.filter(ImageFilter.GaussianBlur(3)), np.float32) + 12
    lines = np.clip((tone + 3) / np.maximum(blurred, 48), 0, 1) ** 5
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


STYLES: dict[str, Style] = {
    style.name: style
    for style in (
        Style("3d render", ("3d render", "3d", "glossy 3d render", "clay render"), "3d", unchanged, unchanged),
        Style(
            "flat design",
            ("flat design", "flat vector art", "minimalist flat design"),
            "flat",
            posterised,
            unchanged,
        ),
        Style(
            "ink drawing",
            ("ink drawing", "black ink", "ink"),
            "ink",
            lambda image: inked(pale(image)),
            unchanged,
        ),
        Style("cartoon", ("cartoon", "cartoon style", "comic"), "cartoon", unchanged, unchanged),
        Style("pixel art", ("pixel art", "8-bit pixel art", "pixelated"), "flat", unchanged, pixelated),
        Style("pencil sketch", ("pencil sketch", "sketch", "pencil drawing"), "3d", tinted_paper, sketched),
    )
}
