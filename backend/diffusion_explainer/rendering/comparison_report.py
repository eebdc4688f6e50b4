"""A comparison as HTML that stands alone: pictures inside, nothing fetched, fit to be mailed."""

from __future__ import annotations

import html
import math

from diffusion_explainer.analysis.comparison import Comparison, Curve, Quantity, TokenChange
from diffusion_explainer.traces.sprites import SpriteSheet
from diffusion_explainer.traces.trace import Token, Trace

from . import markup
from .grid_image import label

_WIDTH = 1100  # pixels of a film
_MOST_FRAMES = 26
_LARGEST_FRAME = 72  # pixels
_GAP = 3  # pixels between frames
_PICTURE = 144  # pixels
_CURVE_HEIGHT = 140  # pixels
_LETTERS = ("a", "b")
_DIFFERENCES: dict[Quantity, str] = {
    "predicted_picture": "the pictures, pixel by pixel",
    "latent": "the latents",
    "prompt_impact": "the prompt's impact",
    "noise_guided": "the guided noise",
}


def comparison_page(comparison: Comparison) -> str:
    """A whole HTML document."""
    title = f"{comparison.a.request.prompt} | {comparison.b.request.prompt}"
    recorded = f"Recorded from {comparison.a.model.name} by Diffusion Explainer: all of it is of these two runs."
    return markup.page(title, f"{_content(comparison)}<p>{html.escape(recorded)}</p>")


def comparison_html(comparison: Comparison) -> str:
    """A fragment: both prompts and films, what differs between them at every step, and how far they are apart."""
    return markup.fragment(_content(comparison))


def _content(comparison: Comparison) -> str:
    film = _Film(len(comparison.a.steps))
    sides = "".join(_side(letter, trace, comparison.tokens) for letter, trace in _lettered(comparison))
    a, b = (
        f"<h3>{_letter(letter)} heading for</h3>{film.of_sheet(trace.predicted_pictures, letter)}"
        for letter, trace in _lettered(comparison)
    )
    maps = "".join(_maps(comparison, quantity, film) for quantity in _DIFFERENCES)
    return (
        f"<h2>What do the words change, and when?</h2><p>{_settings(comparison)}</p>"
        f'<div class="row" style="margin:16px 0 8px">{sides}</div><p>{_conclusion(comparison)}</p>'
        f'<div class="scroll">{a}{_curve(comparison, film)}{b}'
        f'<h3>How far apart <small><span class="scale"></span>0 to the largest of all steps: each row has one scale'
        f"</small></h3>{maps}</div>"
    )


def _lettered(comparison: Comparison) -> list[tuple[str, Trace]]:
    return list(zip(_LETTERS, (comparison.a, comparison.b), strict=True))


def _letter(letter: str) -> str:
    return f'<span class="letter {letter}">{letter.upper()}</span>'


def _side(letter: str, trace: Trace, changes: tuple[TokenChange, ...]) -> str:
    picture = markup.encoded(trace.picture_png, "png", f"{letter.upper()}, finished", _PICTURE)
    prompt = _marked(trace.request.prompt, letter, changes)
    return (
        f'<figure class="row grow" style="gap:16px;flex-basis:440px;align-items:center">{picture}'
        f'<figcaption class="grow">{_letter(letter)}<p class="prompt">{prompt}</p></figcaption></figure>'
    )


def _marked(prompt: str, letter: str, changes: tuple[TokenChange, ...]) -> str:
    """The prompt as it was written, with the differing stretches marked; token by token where it was not read whole."""
    done, end = "", 0
    for change in changes:
        begin, stop = _span(prompt, end, getattr(change, letter))
        text = html.escape(prompt[begin:stop])
        differs = text and change.kind != "equal"
        done += html.escape(prompt[end:begin]) + (f'<mark class="{letter}">{text}</mark>' if differs else text)
        end = stop
    return done + html.escape(prompt[end:])


def _span(prompt: str, end: int, tokens: tuple[Token, ...]) -> tuple[int, int]:
    """From where to where these tokens stand in the prompt, behind `end`."""
    begin, letters = None, prompt.lower()
    for token in tokens:
        place = letters.find(token.text.lower(), end)
        if place >= 0:
            begin, end = place if begin is None else begin, place + len(token.text)
    return (end if begin is None else begin), end


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


def _conclusion(comparison: Comparison) -> str:
    if comparison.half_step is None:
        return "<b>The two runs are equal.</b>"
    return (
        f"<b>Half of the final distance is there when step {comparison.half_step + 1} begins.</b> The latents are "
        f"{comparison.latent_distance[-1]:.3f} apart at the end, relative to A."
    )


def _maps(comparison: Comparison, quantity: Quantity, film: _Film) -> str:
    maps = comparison.difference_maps(quantity)
    largest = float(maps.max())
    title = _DIFFERENCES[quantity]
    kind = "" if quantity == "predicted_picture" else "cells"
    frames = "".join(
        markup.picture(markup.difference(maps[k], largest), f"{title} differ, step {k + 1}", film.edge, kind)
        for k in film.shown
    )
    return f"<h3>{title[0].upper()}{title[1:]} <small>0 to {largest:.3g}</small></h3>{film.row(frames)}"


class _Film:
    """Which steps have a frame, and where each stands."""

    def __init__(self, steps: int) -> None:
        self.shown = range(0, steps, math.ceil(steps / _MOST_FRAMES))
        self.edge = min(_LARGEST_FRAME, _WIDTH // len(self.shown) - _GAP)
        self.across = (self.edge + _GAP) / self.shown.step  # from one step to the next
        self.width = len(self.shown) * (self.edge + _GAP) - _GAP

    def row(self, frames: str) -> str:
        return f'<div style="display:flex;gap:{_GAP}px;width:{self.width}px">{frames}</div>'

    def of_sheet(self, sheet: SpriteSheet, letter: str) -> str:
        said = f"{letter.upper()} heading for"
        return self.row("".join(markup.picture(sheet.frame(k), f"{said}, step {k + 1}", self.edge) for k in self.shown))

    def centre(self, step: int) -> float:
        """Where a row begins, below the middle of its frame; the end of the last one is the end of the film."""
        return min(self.edge / 2 + step * self.across, self.width)


def _curve(comparison: Comparison, film: _Film) -> str:
    latent, noise, half = comparison.latent_distance, comparison.noise_distance, comparison.half_step
    largest = max(float(latent.max()), float(noise.max())) or 1.0

    def place(step: int, distance: float) -> tuple[float, float]:
        return film.centre(step), _CURVE_HEIGHT - 8 - distance / largest * (_CURVE_HEIGHT - 40)

    def line(distances: Curve) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*each) for each in enumerate(distances.tolist())))

    marker = "" if half is None else _marker(*place(half, float(latent[half])), film.width)
    numbers = "".join(
        f'<text x="{film.centre(k):.1f}" y="{_CURVE_HEIGHT + 12}" text-anchor="middle">{k + 1}</text>'
        for k in film.shown
        if k == 0 or (k + 1) % 5 == 0
    )
    return (
        f'<svg viewBox="0 0 {film.width} {_CURVE_HEIGHT + 16}" width="{film.width}" height="{_CURVE_HEIGHT + 16}" '
        f'style="margin-top:8px" font-size="12" fill="var(--soft)" role="img" '
        f'aria-label="distance of the latents and of the guided noise at every step">'
        f'<rect width="{film.width}" height="{_CURVE_HEIGHT - 2}" rx="6" fill="var(--paper)"/>'
        f'<polyline points="{line(noise)}" fill="none" stroke="var(--noise)" stroke-width="2" stroke-dasharray="5 4"/>'
        f'<polyline points="{line(latent)}" fill="none" stroke="var(--image)" stroke-width="2.5"/>{marker}'
        f'<text x="12" y="18" fill="var(--image)" font-weight="600">— distance of the latents, relative to A</text>'
        f'<text x="12" y="34" fill="var(--noise)" font-weight="600">- - of the guided noise</text>{numbers}</svg>'
    )


def _marker(x: float, y: float, width: int) -> str:
    """The step with half of the final distance: a dashed line and a diamond."""
    beside = f'x="{x + 10:.1f}"' if x < width * 0.7 else f'x="{x - 10:.1f}" text-anchor="end"'
    return (
        f'<path d="M{x:.1f} 0V{_CURVE_HEIGHT - 2}" stroke="currentColor" stroke-dasharray="3 3"/>'
        f'<path d="M{x:.1f} {y - 6:.1f}l6 6-6 6-6-6Z" fill="var(--paper)" stroke="currentColor" stroke-width="2"/>'
        f'<text {beside} y="{_CURVE_HEIGHT - 14}">half of the final distance</text>'
    )
