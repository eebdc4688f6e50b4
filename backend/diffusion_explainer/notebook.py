"""How runs show themselves in a notebook: pictures, the prompt's tokens, a filmstrip of the steps."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING

import numpy as np

from . import images
from .trace import Token, Trace

if TYPE_CHECKING:
    from .experiments import Grid, LeaveOneOut

_FRAMES = 9
_EDGE = 96  # pixels


def trace_html(trace: Trace) -> str:
    """A self-contained fragment of HTML."""
    request = trace.request
    settings = (
        f"{trace.model.name} · seed {request.seed} · guidance {request.guidance_scale:g} · "
        f"{request.scheduler}, {len(trace.steps)} steps · {trace.seconds:.1f} s · {trace.id}"
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
    """The finished pictures, with the two settings along the sides."""
    head = "".join(f"<th>{_setting(trace, grid.column_setting)}</th>" for trace in grid.traces[0])
    rows = "".join(
        f"<tr><th>{_setting(row[0], grid.row_setting)}</th>"
        + "".join(f"<td>{_picture_html(trace)}</td>" for trace in row)
        + "</tr>"
        for row in grid.traces
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _setting(trace: Trace, name: str) -> str:
    return html.escape(f"{name} {getattr(trace.request, name)}")


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
