"""Many pictures in one file."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cached_property

from PIL import Image


@dataclass(frozen=True, eq=False)
class SpriteSheet:
    """Pictures of one size in one WebP, row by row."""

    encoded: bytes = field(repr=False)
    frames: int
    columns: int
    width: int
    height: int

    @cached_property
    def image(self) -> Image.Image:
        return Image.open(io.BytesIO(self.encoded)).convert("RGB")

    def frame(self, k: int) -> Image.Image:
        """Picture k; IndexError outside 0..frames-1."""
        if not 0 <= k < self.frames:
            raise IndexError(f"frame {k} of a sheet of {self.frames}")
        left, top = self.width * (k % self.columns), self.height * (k // self.columns)
        return self.image.crop((left, top, left + self.width, top + self.height))
