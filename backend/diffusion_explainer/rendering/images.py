"""Pixels to files: sprite sheets that make a run cheap to scrub, previews, and the lossless picture."""

from __future__ import annotations

import io
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from diffusion_explainer.traces.sprites import SpriteSheet

Pixels = NDArray[np.uint8]

_QUALITY = 80
_SHEET_QUALITY = 75  # a gallery is mostly noisy frames
_LARGEST_SHEET = 8192  # pixels a side: what browsers draw without complaint; WebP itself ends at 16383


def webp(picture: Pixels) -> bytes:
    """[H, W, 3] as a WebP, for looking at."""
    return _encoded(Image.fromarray(picture), "WEBP", quality=_QUALITY, method=2)


def png(picture: Image.Image) -> bytes:
    """A picture, lossless."""
    return _encoded(picture, "PNG")


def sprite_sheets(one: list[Pixels], other: list[Pixels]) -> tuple[SpriteSheet, SpriteSheet]:
    """The sheets of two films, packed at the same time: the encoder lets other threads work."""
    with ThreadPoolExecutor(1) as pool:
        packing = pool.submit(sprite_sheet, one)
        packed = sprite_sheet(other)
        return packing.result(), packed


def sprite_sheet(frames: list[Pixels]) -> SpriteSheet:
    """Frames [H, W, 3] of one size packed row by row into a WebP, shrunk only where it would grow too large to draw."""
    height, width = frames[0].shape[:2]
    columns = math.ceil(math.sqrt(len(frames)))
    shrink = min(1.0, _LARGEST_SHEET / (columns * max(width, height)))
    width, height = int(width * shrink), int(height * shrink)
    sheet = Image.new("RGB", (columns * width, math.ceil(len(frames) / columns) * height))
    for k, frame in enumerate(frames):
        picture = Image.fromarray(frame)
        resized = picture if shrink == 1 else picture.resize((width, height), Image.Resampling.LANCZOS)
        sheet.paste(resized, (width * (k % columns), height * (k // columns)))
    encoded = _encoded(sheet, "WEBP", quality=_SHEET_QUALITY, method=2)
    return SpriteSheet(encoded, len(frames), columns, width, height)


def _encoded(picture: Image.Image, encoding: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, encoding, **options)
    return buffer.getvalue()
