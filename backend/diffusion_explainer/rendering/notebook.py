"""How runs show themselves in a notebook: pictures, the prompt's tokens, a filmstrip of the steps."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import numpy as np

from diffusion_explainer.requests.request import Origin
from diffusion_explainer.traces.trace import Token, Trace

from . import markup
from .grid_image import kept, label

if TYPE_CHECKING:
    from diffusion_explainer.analysis.projection import Points
    from diffusion_explainer.analysis.trajectory import Trajectories
    from diffusion_explainer.tracing.experiments import Grid, LeaveOneOut, LeftOut

_FRAMES = 9
_FRAME = 64  # pixels, as all that follow
_CELL = 96
_PICTURE = 144
_THUMBNAIL = 56
_BAR = 220
_PLANE = 420
_LINE_COLOURS = ("var(--a)", "var(--b)", "var(--image)", "var(--text)")


def trace_html(trace: Trace) -> str:
    """The finished picture, and beside it the tokens, the film and the settings."""
    request = trace.request
    settings = (
        f"{trace.model.name} · seed {request.seed} · guidance {request.guidance_scale:g} · "
        f"{request.scheduler}, {len(trace.steps)} steps · {trace.seconds:.1f} s · {trace.id}"
    )
    branches = "".join(f"<p>{html.escape(_branch(origin))}</p>" for origin in request.branched_from)
    return markup.fragment(
        f'<figure class="row">{_finished(trace, _PICTURE)}<figcaption class="grow">'
        f"<div>{''.join(map(markup.token, _spoken(trace)))}</div>{branches}"
        f'<div class="scroll"><div style="display:flex;gap:4px;margin:8px 0 4px">{_film(trace)}</div></div>'
        f"<p>{html.escape(settings)}</p></figcaption></figure>"
    )


def leave_one_out_html(result: LeaveOneOut) -> str:
    """The original, and a row for each word: the picture without it, how far it moved the latent, and where."""
    widest = max(one.distance for one in result.left_out) or 1
    largest = max(float(one.difference_map.max()) for one in result.left_out)
    rows = "".join(
        f"<tr><td>{_finished(one.trace, _THUMBNAIL)}</td><th>without <s>{html.escape(one.word)}</s></th>"
        f"<td>{_bar(one.distance, widest)}</td><td>{_where(one, largest)}</td></tr>"
        for one in result.left_out
    )
    prompt = html.escape(result.original.request.prompt)
    return markup.fragment(
        f"<h2>What does each word change?</h2><p>{html.escape(kept(result.original, 'prompt'))}</p>"
        f'<div class="row" style="margin-top:12px"><figure style="width:{_PICTURE}px">'
        f'{_finished(result.original, _PICTURE)}<p class="prompt" style="font-size:14px;line-height:20px">{prompt}</p>'
        f'</figure><div class="scroll grow"><table><thead><tr><th>Picture<th>Prompt'
        f"<th>Distance of the final latents<th>Where</thead><tbody>{rows}</tbody></table>"
        f'<p><span class="scale"></span><small>size of the difference in each cell of the final latent, one scale '
        f"for all words: 0 to {largest:.3g}</small></p></div></div>"
    )


def grid_html(grid: Grid) -> str:
    """The finished pictures, with the two settings along the sides; a seed with its starting noise."""
    corner = "<th></th>" + ("<th><small>starting noise</small></th>" if grid.row_setting == "seed" else "")
    head = "".join(f"<th>{_column(trace, grid.column_setting)}</th>" for trace in grid.traces[0])
    rows = "".join(
        f"<tr>{_row(row[0], grid.row_setting)}"
        + "".join(f"<td>{_finished(trace, _CELL)}</td>" for trace in row)
        + "</tr>"
        for row in grid.traces
    )
    shared = kept(grid.traces[0][0], grid.row_setting, grid.column_setting)
    return markup.fragment(
        f"<h2>Two settings, every combination</h2><p>{html.escape(shared)}</p>"
        f'<div class="scroll"><table><thead><tr>{corner}{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def trajectories_html(found: Trajectories) -> str:
    """The lines of all runs in one plane, those for scale in grey; beside it where each ends."""
    points = np.concatenate([*found.lines, *found.background_lines])
    low, size = points.min(axis=0), np.ptp(points, axis=0).max() or 1
    drawn = "".join(_line_svg((line - low) / size, "var(--line)", 1) for line in found.background_lines)
    colours = zip(found.lines, _LINE_COLOURS, strict=False)
    drawn += "".join(_line_svg((line - low) / size, colour, 2) for line, colour in colours)
    ends = "".join(
        f'<tr><td><div style="border-bottom:4px solid {colour}">{_finished(trace, _THUMBNAIL)}</div></td>'
        f"<th>{html.escape(trace.request.prompt)}</th></tr>"
        for trace, colour in zip(found.traces, _LINE_COLOURS, strict=False)
    )
    shares = found.explained_variance
    said = f"PCA: x and y hold {shares[0]:.0%} and {shares[1]:.0%} of the variance" if shares else "UMAP"
    return markup.fragment(
        f"<h2>The ways of the latents</h2><p>{said}; approximate. Grey: other runs.</p>"
        f'<div class="row" style="margin-top:12px"><svg viewBox="-8 -8 {_PLANE + 16} {_PLANE + 16}" '
        f'width="{_PLANE}" role="img" aria-label="trajectories">{drawn}</svg><table><tbody>{ends}</tbody></table></div>'
    )


def _line_svg(line: Points, colour: str, width: int) -> str:
    places = [(x * _PLANE, (1 - y) * _PLANE) for x, y in line]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{width}" fill="{colour}"/>' for x, y in places)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>{dots}'


def _branch(origin: Origin) -> str:
    return f"Branched: until step {origin.step} it drew “{origin.prompt}” at guidance {origin.guidance_scale:g}."


def _bar(distance: float, widest: float) -> str:
    width = _BAR * distance / widest
    return (
        f'<div style="display:flex;align-items:center;gap:8px;width:{_BAR + 56}px"><div style="width:{width:.0f}px;'
        f'height:14px;border-radius:0 3px 3px 0;background:var(--text)"></div><b>{distance:.3f}</b></div>'
    )


def _where(one: LeftOut, largest: float) -> str:
    title = f"where the picture without {one.word} differs"
    return markup.picture(markup.difference(one.difference_map, largest), title, _THUMBNAIL, "cells")


def _column(trace: Trace, setting: str) -> str:
    noise = f'<div style="margin-top:4px">{_start(trace)}</div>' if setting == "seed" else ""
    return html.escape(label(setting, getattr(trace.request, setting))) + noise


def _row(trace: Trace, setting: str) -> str:
    said = html.escape(label(setting, getattr(trace.request, setting)))
    return f"<th>{said}</th>" + (f"<td>{_start(trace)}</td>" if setting == "seed" else "")


def _start(trace: Trace) -> str:
    return markup.picture(trace.steps[0].picture, f"starting noise of seed {trace.request.seed}", _CELL)


def _finished(trace: Trace, edge: int) -> str:
    return markup.encoded(trace.picture_png, "png", trace.request.prompt, edge)


def _spoken(trace: Trace) -> list[Token]:
    return [token for token in (*trace.tokens, *trace.cut_tokens) if token.kind in ("text", "cut")]


def _film(trace: Trace) -> str:
    """A few of the steps, each with its number."""
    return "".join(
        f"<figure>{markup.picture(trace.steps[k].predicted_picture, f'heading for, at step {k + 1}', _FRAME)}"
        f"<small>{k + 1}</small></figure>"
        for k in _chosen(len(trace.steps))
    )


def _chosen(steps: int) -> list[int]:
    return sorted({round(k) for k in np.linspace(0, steps - 1, min(steps, _FRAMES))})
