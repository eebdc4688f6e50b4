"""Two settings varied, the rest kept."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from diffusion_explainer.traces import outputs
from diffusion_explainer.traces.trace import Trace


@dataclass(frozen=True)
class Grid:
    """`traces[row][column]`: one run for each combination of two settings."""

    row_setting: str
    column_setting: str
    traces: tuple[tuple[Trace, ...], ...]

    @property
    def picture(self) -> Image.Image:
        """All of it as one picture, labelled; the starting noise heads each seed."""
        return outputs.registered().image(self)

    def _repr_html_(self) -> str:
        return outputs.registered().html(self)
