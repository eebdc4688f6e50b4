"""A comparison as HTML that stands alone: pictures inside, nothing fetched, fit to be mailed."""

from __future__ import annotations

import base64
import html
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .comparison import Comparison, TokenChange
from .mosaic import label
from .sprites import SpriteSheet
from .trace import Token

_SIZES = np.array([[250, 249, 246], [244, 214, 160], [226, 130, 70], [150, 45, 90], [58, 14, 70]], np.float64)
_POWER = 0.6  # so that small differences show
_EDGE = 72  # pixels of a frame
_GAP = 3  # pixels between frames
_CURVE_HEIGHT = 160  # pixels

_STYLE = """
.dx{font:14px/1.5 system-ui,sans-serif;color:#1C1B19;max-width:1100px}
.dx h2{font-size:20px;margin:0 0 4px}.dx p{margin:4px 0 12px;color:#5C5A55}
.dx .prompt{font-size:19px;margin:4px 0;color:#1C1B19}
.dx .a,.dx .b{border-radius:6px;padding:1px 4px;font-weight:550}
.dx .a{background:#E6EFFA;color:#1F5FA8;box-shadow:inset 0 -2px #1F5FA8}
.dx .b{background:#FCEEE2;color:#B04A00;box-shadow:inset 0 -2px #B04A00}
.dx .mark{display:inline-block;width:24px;height:24px;line-height:24px;text-align:center;color:#fff;font-weight:700;
margin-right:8px}.dx .mark.a{background:#1F5FA8;border-radius:50%;padding:0;box-shadow:none}
.dx .mark.b{background:#B04A00;border-radius:5px;padding:0;box-shadow:none}
.dx .film{display:flex;gap:3px;padding:4px 0}.dx .film img{flex:none;border-radius:3px}
.dx .cells{image-rendering:pixelated}.dx svg{display:block}
.dx .scroll{overflow-x:auto}
"""


def comparison_page(comparison: Comparison) -> str:
    """A whole HTML document."""
    title = html.escape(f"{comparison.a.request.prompt} | {comparison.b.request.prompt}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<body style="margin:32px;background:#FAF9F6">{comparison_html(comparison)}'
        "</body></html>"
    )


def comparison_html(comparison: Comparison) -> str:
    """A fragment: both prompts and films, the difference between, and the curve of their distance."""
    a, b = comparison.a, comparison.b
    return (
        f'<style>{_STYLE}</style><div class="dx"><h2>What do the words change, and when?</h2>'
        f"{_prompt_html('a', comparison.tokens)}{_prompt_html('b', comparison.tokens)}<p>{_settings(comparison)}</p>"
        f'<div class="scroll">{_film_html("A is heading for", a.predicted_pictures)}'
        f"{_difference_html(comparison)}"
        f"{_film_html('B is heading for', b.predicted_pictures)}"
        f"{_curve_svg(comparison)}</div><p>{_conclusion(comparison)}</p></div>"
    )


def _prompt_html(side: str, changes: tuple[TokenChange, ...]) -> str:
    words = "".join(_stretch_html(change, getattr(change, side), side) for change in changes)
    return f'<div class="prompt"><span class="mark {side}">{side.upper()}</span>{words}</div>'


def _stretch_html(change: TokenChange, tokens: tuple[Token, ...], side: str) -> str:
    if not tokens:
        return ""
    text = html.escape(" ".join(token.text for token in tokens))
    return f"{text} " if change.kind == "equal" else f'<span class="{side}">{text}</span> '


def _settings(comparison: Comparison) -> str:
    request = comparison.a.request
    shared = [name for name in ("negative_prompt", "guidance_scale") if name not in comparison.settings]
    said = [label(name, getattr(request, name)) for name in shared if getattr(request, name) != ""]
    run = [
        f"same seed {request.seed}, same starting noise",
        *said,
        request.scheduler,
        f"{len(comparison.a.steps)} steps",
    ]
    differing = "; ".join(_difference(comparison, name) for name in comparison.settings) or "nothing"
    text = f"{', '.join(run)}, drawn by {comparison.a.model.name}. What differs: {differing}."
    return html.escape(text[0].upper() + text[1:])


def _difference(comparison: Comparison, name: str) -> str:
    if name == "prompt":
        return "the words"
    if name == "branched_from":
        steps = (comparison.a.request.branched_from or comparison.b.request.branched_from)[-1].step
        return f"{'A' if comparison.a.request.branched_from else 'B'} branched after step {steps}"
    a, b = (label(name, getattr(trace.request, name)) for trace in (comparison.a, comparison.b))
    return f"{a} in A, {b} in B"


def _film_html(title: str, sheet: SpriteSheet) -> str:
    frames = "".join(
        _image_html(sheet.frame(k).resize((_EDGE, _EDGE)), f"{title}, step {k + 1}") for k in range(sheet.frames)
    )
    return f'<div>{title}</div><div class="film">{frames}</div>'


def _difference_html(comparison: Comparison) -> str:
    maps = comparison.difference_maps("predicted_latent")
    largest = float(maps.max()) or 1.0
    frames = "".join(
        _image_html(_coloured(one / largest), f"difference at step {k + 1}", "cells") for k, one in enumerate(maps)
    )
    title = f"Size of the difference, one scale for all steps (0 to {largest:.3g})"
    return f'<div>{title}</div><div class="film">{frames}</div>'


def _coloured(sizes: NDArray[np.float32]) -> Image.Image:
    """Sizes [h, w] in 0..1 as colours, paper to plum."""
    place = np.clip(sizes, 0, 1) ** _POWER * (len(_SIZES) - 1)
    channels = [np.interp(place, np.arange(len(_SIZES)), _SIZES[:, channel]) for channel in range(3)]
    return Image.fromarray(np.stack(channels, axis=-1).round().astype(np.uint8))


def _curve_svg(comparison: Comparison) -> str:
    distances, height = comparison.latent_distance, _CURVE_HEIGHT
    across = _EDGE + _GAP  # a step of the curve is as wide as its frame, and begins where the frame does
    width = across * (len(distances) - 1)
    largest = float(distances.max()) or 1.0
    points = " ".join(f"{k * across:.1f},{height - d / largest * (height - 8):.1f}" for k, d in enumerate(distances))
    half = comparison.half_step
    marker = (
        "" if half is None else f'<path d="M{half * across:.1f} 0V{height}" stroke="#1C1B19" stroke-dasharray="4"/>'
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="distance of the latents at every step"><polyline points="{points}" fill="none" '
        f'stroke="#00735C" stroke-width="2"/>{marker}</svg>'
    )


def _conclusion(comparison: Comparison) -> str:
    if comparison.half_step is None:
        return "The two runs are equal."
    return (
        f"Distance of the latents, relative to A: 0 at the start, {comparison.latent_distance[-1]:.3f} at the end; "
        f"half of it is there when step {comparison.half_step + 1} begins (dashed)."
    )


def _image_html(picture: Image.Image, title: str, kind: str = "") -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG" if kind else "WEBP")
    data = base64.b64encode(buffer.getvalue()).decode()
    return (
        f'<img class="{kind}" src="data:image/{"png" if kind else "webp"};base64,{data}" '
        f'width="{_EDGE}" height="{_EDGE}" alt="{title}" title="{title}">'
    )
