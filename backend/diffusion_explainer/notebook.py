"""How runs show themselves in a notebook: pictures, the prompt's tokens, a filmstrip of the steps."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING

import numpy as np

from . import images
from .mosaic import label
from .request import Origin
from .trace import Token, Trace

if TYPE_CHECKING:
    from .experiments import Grid, LeaveOneOut
    from .projection import Points
    from .trajectory import Trajectories

_FRAMES = 9
_EDGE = 96  # pixels
_PLANE = 420  # pixels
_LINE_COLOURS = ("#1F5FA8", "#B04A00", "#00735C", "#8A3A7E")


def trace_html(trace: Trace) -> str:
    """A self-contained fragment of HTML."""
    request = trace.request
    settings = (
        f"{trace.model.name} · seed {request.seed} · guidance {request.guidance_scale:g} · "
        f"{request.scheduler}, {len(trace.steps)} steps · {trace.seconds:.1f} s · {trace.id}"
        f"{''.join(_branch(origin) for origin in trace.request.branched_from)}"
    )
    return (
        '<figure style="margin:0;font:13px/1.5 system-ui,sans-serif">'
        f'<div style="margin-bottom:6px">{"".join(_token_html(token) for token in _spoken(trace))}</div>'
        f'<div style="display:flex;gap:4px">{"".join(_frame_html(trace, k) for k in _chosen(len(trace.steps)))}'
        f"{_image_html(trace.picture_png, 'image/png', 'the finished picture')}</div>"
        f'<figcaption style="opacity:.7">{html.escape(settings)}</figcaption></figure>'
    )


def leave_one_out_html(result: LeaveOneOut) -> str:
    """A row for each word: the picture without it, and a bar for how much it moved the picture."""
    widest = max(one.distance for one in result.left_out) or 1
    rows = "".join(
        f"<tr><td>{_picture_html(one.trace)}</td><td>without <b>{html.escape(one.word)}</b></td>"
        f'<td><div style="background:#8A3A7E;height:12px;width:{160 * one.distance / widest:.0f}px"></div>'
        f"{one.distance:.3f}</td></tr>"
        for one in result.left_out
    )
    return f"{trace_html(result.original)}<table>{rows}</table>"


def grid_html(grid: Grid) -> str:
    """The finished pictures, with the two settings along the sides; a seed with its starting noise."""
    head = "".join(f"<th>{_setting(trace, grid.column_setting)}</th>" for trace in grid.traces[0])
    rows = "".join(
        f"<tr><th>{_setting(row[0], grid.row_setting)}</th>"
        + "".join(f"<td>{_picture_html(trace)}</td>" for trace in row)
        + "</tr>"
        for row in grid.traces
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def trajectories_html(found: Trajectories) -> str:
    """The lines of all runs in one plane, those for scale in grey; where each ends, its picture."""
    points = np.concatenate([*found.lines, *found.background_lines])
    low, size = points.min(axis=0), np.ptp(points, axis=0).max() or 1
    drawn = "".join(_line_svg((line - low) / size, "#D8D5CC", 1) for line in found.background_lines)
    colours = zip(found.lines, _LINE_COLOURS, strict=False)
    drawn += "".join(_line_svg((line - low) / size, colour, 2) for line, colour in colours)
    pictures = "".join(
        f'<td style="border-bottom:4px solid {colour}">{_picture_html(trace)}</td>'
        for trace, colour in zip(found.traces, _LINE_COLOURS, strict=False)
    )
    shares = found.explained_variance
    said = f"PCA: x and y hold {shares[0]:.0%} and {shares[1]:.0%} of the variance" if shares else "UMAP"
    return (
        f'<figure style="margin:0;font:13px/1.5 system-ui,sans-serif"><svg viewBox="-8 -8 {_PLANE + 16} {_PLANE + 16}" '
        f'width="{_PLANE}" role="img" aria-label="trajectories">{drawn}</svg><table><tr>{pictures}</tr></table>'
        f'<figcaption style="opacity:.7">{said}; approximate.</figcaption></figure>'
    )


def _line_svg(line: Points, colour: str, width: int) -> str:
    places = [(x * _PLANE, (1 - y) * _PLANE) for x, y in line]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{width}" fill="{colour}"/>' for x, y in places)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>{dots}'


def _branch(origin: Origin) -> str:
    return f" · until step {origin.step}: “{origin.prompt}”, guidance {origin.guidance_scale:g}"


def _setting(trace: Trace, name: str) -> str:
    noise = images.webp(np.asarray(trace.steps[0].picture))
    start = f"<br>{_image_html(noise, 'image/webp', 'starting noise')}" if name == "seed" else ""
    return html.escape(label(name, getattr(trace.request, name))) + start


def _picture_html(trace: Trace) -> str:
    return _image_html(trace.picture_png, "image/png", html.escape(trace.request.prompt))


def _spoken(trace: Trace) -> list[Token]:
    return [token for token in (*trace.tokens, *trace.cut_tokens) if token.kind in ("text", "cut")]


def _token_html(token: Token) -> str:
    style = "background:#F6EAF4;color:#8A3A7E;border-radius:4px;padding:1px 6px;margin-right:4px;display:inline-block"
    if token.kind == "cut":
        style += ";text-decoration:line-through;opacity:.6"
    return f'<span style="{style}" title="token {token.id}">{html.escape(token.text)}</span>'


def _chosen(steps: int) -> list[int]:
    return sorted({round(k) for k in np.linspace(0, steps - 1, min(steps, _FRAMES))})


def _frame_html(trace: Trace, k: int) -> str:
    picture = images.webp(np.asarray(trace.steps[k].predicted_picture))
    return _image_html(picture, "image/webp", f"heading for, at step {k + 1}")


def _image_html(encoded: bytes, kind: str, title: str) -> str:
    data = base64.b64encode(encoded).decode()
    return f'<img src="data:{kind};base64,{data}" width="{_EDGE}" height="{_EDGE}" title="{title}" alt="{title}">'
