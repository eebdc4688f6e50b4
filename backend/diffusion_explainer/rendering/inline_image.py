"""Pictures inside an HTML page, as data URLs: the page fetches nothing."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class InlineImage:
    """`source` is a data URL, `edge` the side in CSS pixels; `kind` "cells" keeps the pixels' edges sharp."""

    source: str
    title: str
    edge: int
    kind: str = ""


def encoded(content: bytes, subtype: str, title: str, edge: int, kind: str = "") -> InlineImage:
    """A picture that is encoded already; `subtype` as in image/png."""
    return InlineImage(f"data:image/{subtype};base64,{base64.b64encode(content).decode()}", title, edge, kind)


def preview(picture: Image.Image, title: str, edge: int, density: int = 2) -> InlineImage:
    """A small WebP of `density` pixels to a CSS pixel."""
    resized = picture.resize((density * edge, density * edge), Image.Resampling.LANCZOS)
    return encoded(_saved(resized, "WEBP", quality=80), "webp", title, edge)


def cells(picture: Image.Image, title: str, edge: int) -> InlineImage:
    """A picture of few pixels, lossless, each shown as a square."""
    return encoded(_saved(picture, "PNG"), "png", title, edge, "cells")


def _saved(picture: Image.Image, encoding: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, encoding, **options)
    return buffer.getvalue()
