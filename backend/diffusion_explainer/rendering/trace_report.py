"""A run as a self-contained HTML page, for email or print: its pictures are inside, it fetches nothing."""

from __future__ import annotations

from dataclasses import dataclass

from diffusion_explainer.traces.sprites import SpriteSheet
from diffusion_explainer.traces.trace import Trace

from .inline_image import InlineImage, encoded, preview
from .templating import render

_PICTURE = 256  # pixels
_FRAME = 96  # pixels
_CURVE_WIDTH, _CURVE_HEIGHT = 720, 120  # pixels


def trace_page(trace: Trace, picture_png: bytes) -> str:
    """A whole HTML document. `picture_png`: the finished picture, which may carry metadata."""
    return render(
        "trace_report.html.jinja",
        title=trace.request.prompt,
        trace=trace,
        picture=encoded(picture_png, "png", trace.request.prompt, _PICTURE),
        latent_film=_film(trace.latent_pictures, len(trace.steps)),
        predicted_film=_film(trace.predicted_pictures, len(trace.steps)),
        curve=_curve(trace),
        coefficients=list(dict.fromkeys(name for step in trace.steps for name in step.coefficients)),
    )


@dataclass(frozen=True)
class _Curve:
    width: int
    height: int
    points: str


def _film(sheet: SpriteSheet, steps: int) -> list[InlineImage]:
    return [preview(sheet.frame(k), f"step {k + 1}", _FRAME, density=1) for k in range(steps)]


def _curve(trace: Trace) -> _Curve:
    """The noise level of every step, from left to right."""
    across = _CURVE_WIDTH / max(1, len(trace.steps) - 1)
    points = " ".join(f"{step.step * across:.1f},{_CURVE_HEIGHT * (1 - step.noise_level):.1f}" for step in trace.steps)
    return _Curve(_CURVE_WIDTH, _CURVE_HEIGHT, points)
