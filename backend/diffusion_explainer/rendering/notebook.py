"""How runs show themselves in a notebook: pictures, the prompt's tokens, a filmstrip of the steps.

Each function gives a part of a page on a background of its own, so that it reads the same in light and dark notebooks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diffusion_explainer.analysis.grid import Grid
from diffusion_explainer.analysis.leave_one_out import LeaveOneOut, LeftOut
from diffusion_explainer.analysis.projection import Points
from diffusion_explainer.analysis.trajectory import Trajectories
from diffusion_explainer.traces.trace import Trace

from .difference_map import difference_map
from .inline_image import InlineImage, cells, encoded, preview
from .setting_labels import label, shared_settings
from .templating import render

_FRAMES = 9
_FRAME = 64  # pixels, as all that follow
_CELL = 96
_PICTURE = 144
_THUMBNAIL = 56
_BAR = 220
_PLANE = 420
_LINE_COLORS = ("var(--a)", "var(--b)", "var(--image)", "var(--text)")


def trace_html(trace: Trace) -> str:
    """The finished picture, and beside it the tokens, a few of the steps and the settings."""
    return render("trace.html.jinja", trace=trace, picture=_finished(trace, _PICTURE), film=_film(trace))


def leave_one_out_html(result: LeaveOneOut) -> str:
    """The original, and a row for each word: the picture without it, how far it moved the latent, and where."""
    widest = max(one.distance for one in result.left_out) or 1
    largest = max(float(one.difference_map.max()) for one in result.left_out)
    return render(
        "leave_one_out.html.jinja",
        prompt=result.original.request.prompt,
        picture=_finished(result.original, _PICTURE),
        shared=shared_settings(result.original, "prompt"),
        rows=[
            {
                "word": one.word,
                "picture": _finished(one.trace, _THUMBNAIL),
                "distance": one.distance,
                "share": one.distance / widest,
                "difference": _difference(one, largest),
            }
            for one in result.left_out
        ],
        largest=largest,
        bar_width=_BAR,
    )


def grid_html(grid: Grid) -> str:
    """The finished pictures, with the two settings along the sides; a seed with its starting noise."""
    return render(
        "grid.html.jinja",
        shared=shared_settings(grid.traces[0][0], grid.row_setting, grid.column_setting),
        noise_left=grid.row_setting == "seed",
        columns=[_side(trace, grid.column_setting) for trace in grid.traces[0]],
        rows=[
            {"side": _side(row[0], grid.row_setting), "pictures": [_finished(trace, _CELL) for trace in row]}
            for row in grid.traces
        ],
    )


def trajectories_html(found: Trajectories) -> str:
    """The lines of all runs in one plane, those for scale in gray; beside it where each ends."""
    points = np.concatenate([*found.lines, *found.background_lines])
    low, size = points.min(axis=0), np.ptp(points, axis=0).max() or 1
    colored = list(zip(found.traces, found.lines, _LINE_COLORS, strict=False))
    behind = [_Line(_placed((line - low) / size), "var(--line)", 1) for line in found.background_lines]
    return render(
        "trajectories.html.jinja",
        shares=found.explained_variance,
        plane=_PLANE,
        lines=[*behind, *(_Line(_placed((line - low) / size), color, 2) for _, line, color in colored)],
        ends=[
            {"picture": _finished(trace, _THUMBNAIL), "prompt": trace.request.prompt, "color": color}
            for trace, _, color in colored
        ],
    )


@dataclass(frozen=True)
class _Line:
    points: list[tuple[float, float]]
    color: str
    width: int


@dataclass(frozen=True)
class _Side:
    """The value of a setting beside a row or above a column, with the starting noise of a seed."""

    label: str
    noise: InlineImage | None


def _side(trace: Trace, setting: str) -> _Side:
    noise = preview(trace.steps[0].picture, f"starting noise of seed {trace.request.seed}", _CELL)
    return _Side(label(setting, getattr(trace.request, setting)), noise if setting == "seed" else None)


def _placed(line: Points) -> list[tuple[float, float]]:
    """Points of the unit square, y upward, in pixels of the plane, y downward."""
    return [(x * _PLANE, (1 - y) * _PLANE) for x, y in line]


def _difference(one: LeftOut, largest: float) -> InlineImage:
    title = f"where the picture without {one.word} differs"
    return cells(difference_map(one.difference_map, largest), title, _THUMBNAIL)


def _finished(trace: Trace, edge: int) -> InlineImage:
    return encoded(trace.picture_png, "png", trace.request.prompt, edge)


def _film(trace: Trace) -> list[tuple[int, InlineImage]]:
    """A few of the steps, each with its number."""
    steps = len(trace.steps)
    shown = sorted({round(k) for k in np.linspace(0, steps - 1, min(steps, _FRAMES))})
    return [(k + 1, preview(trace.steps[k].predicted_picture, f"heading for, at step {k + 1}", _FRAME)) for k in shown]
