"""A comparison as a self-contained HTML page, for email or print: its pictures are inside, it fetches nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from diffusion_explainer.analysis.comparison import Comparison, Curve, Quantity, TokenChange
from diffusion_explainer.traces.trace import Token, Trace

from .difference_map import difference_map
from .inline_image import InlineImage, cells, encoded, preview
from .setting_labels import label
from .templating import render

_WIDTH = 1100  # pixels of a film
_MOST_FRAMES = 26
_LARGEST_FRAME = 72  # pixels
_GAP = 3  # pixels between frames
_PICTURE = 144  # pixels
_CURVE_HEIGHT = 140  # pixels
_DIFFERENCES: dict[Quantity, str] = {
    "predicted_picture": "the preview pictures",
    "latent": "the latents",
    "prompt_impact": "the prompt's impact",
    "noise_guided": "the guided noise",
}


def comparison_page(comparison: Comparison) -> str:
    """A whole HTML document."""
    return _rendered(comparison, "comparison_document.html.jinja")


def comparison_html(comparison: Comparison) -> str:
    """A fragment: both prompts and films, what differs between them at every step, and how far they are apart."""
    return _rendered(comparison, "fragment.html.jinja")


def _rendered(comparison: Comparison, layout: str) -> str:
    film = _Film(len(comparison.a.steps))
    return render(
        "comparison.html.jinja",
        layout=layout,
        title=f"{comparison.a.request.prompt} | {comparison.b.request.prompt}",
        comparison=comparison,
        settings=_settings(comparison),
        sides=[
            _side(letter, trace, comparison.tokens, film)
            for letter, trace in (("a", comparison.a), ("b", comparison.b))
        ],
        half_step=comparison.half_step,
        film=film,
        curve=_curve(comparison, film),
        differences=[_differences(comparison, quantity, film) for quantity in _DIFFERENCES],
    )


@dataclass(frozen=True)
class _Side:
    """One of the runs; `prompt`: its stretches of text, and whether each differs from the other's."""

    letter: str
    picture: InlineImage
    prompt: list[tuple[str, bool]]
    film: list[InlineImage]


@dataclass(frozen=True)
class _Differences:
    """The maps of one quantity, on one scale from 0 to `largest`."""

    title: str
    largest: float
    pictures: list[InlineImage]


@dataclass(frozen=True)
class _Curve:
    """Points of the two polylines, and where half of the final distance is reached."""

    height: int
    latent: str
    noise: str
    half: tuple[float, float] | None


class _Film:
    """Which steps have a frame, and where each stands."""

    gap = _GAP

    def __init__(self, steps: int) -> None:
        self.shown = range(0, steps, math.ceil(steps / _MOST_FRAMES))
        self.edge = min(_LARGEST_FRAME, _WIDTH // len(self.shown) - _GAP)
        self.across = (self.edge + _GAP) / self.shown.step  # from one step to the next
        self.width = len(self.shown) * (self.edge + _GAP) - _GAP
        self.numbered = [step for step in self.shown if step == 0 or (step + 1) % 5 == 0]

    def center(self, step: int) -> float:
        """Where a step begins, below the middle of its frame; the end of the last one is the end of the film."""
        return min(self.edge / 2 + step * self.across, self.width)


def _side(letter: str, trace: Trace, changes: tuple[TokenChange, ...], film: _Film) -> _Side:
    name = letter.upper()
    frames = trace.predicted_pictures
    return _Side(
        letter,
        encoded(trace.picture_png, "png", f"{name}, finished", _PICTURE),
        list(_stretches(trace.request.prompt, letter, changes)),
        [preview(frames.frame(k), f"{name} heading for, step {k + 1}", film.edge) for k in film.shown],
    )


def _stretches(prompt: str, letter: str, changes: tuple[TokenChange, ...]) -> Iterator[tuple[str, bool]]:
    """The prompt as it was written, in stretches that differ or do not; token by token where it was not read whole."""
    end = 0
    for change in changes:
        begin, stop = _span(end, getattr(change, letter))
        yield prompt[end:begin], False
        yield prompt[begin:stop], begin < stop and change.kind != "equal"
        end = stop
    yield prompt[end:], False


def _span(end: int, tokens: tuple[Token, ...]) -> tuple[int, int]:
    """The characters of these tokens; nothing behind `end` where they have none."""
    starts = [token.start for token in tokens if token.start is not None]
    ends = [token.end for token in tokens if token.end is not None]
    return (min(starts), max(ends)) if starts and ends else (end, end)


def _settings(comparison: Comparison) -> str:
    request = comparison.a.request
    shared = [name for name in ("negative_prompt", "guidance_scale") if name not in comparison.settings]
    run = [
        f"Same seed {request.seed}, same starting noise",
        *(label(name, getattr(request, name)) for name in shared if getattr(request, name) != ""),
        request.scheduler,
        f"{len(comparison.a.steps)} steps",
    ]
    differing = "; ".join(_difference(comparison, name) for name in comparison.settings) or "nothing"
    return f"{', '.join(run)}, drawn by {comparison.a.model.name}. What differs: {differing}."


def _difference(comparison: Comparison, name: str) -> str:
    if name == "prompt":
        return "the words"
    if name == "branched_from":
        steps = (comparison.a.request.branched_from or comparison.b.request.branched_from)[-1].step
        return f"{'A' if comparison.a.request.branched_from else 'B'} branched after step {steps}"
    a, b = (label(name, getattr(trace.request, name)) for trace in (comparison.a, comparison.b))
    return f"{a} in A, {b} in B"


def _differences(comparison: Comparison, quantity: Quantity, film: _Film) -> _Differences:
    maps = comparison.difference_maps(quantity)
    largest = float(maps.max())
    title = _DIFFERENCES[quantity]
    shown = preview if quantity == "predicted_picture" else cells
    pictures = [shown(difference_map(maps[k], largest), f"{title} differ, step {k + 1}", film.edge) for k in film.shown]
    return _Differences(title, largest, pictures)


def _curve(comparison: Comparison, film: _Film) -> _Curve:
    latent, noise, half = comparison.latent_distance, comparison.noise_distance, comparison.half_step
    largest = max(float(latent.max()), float(noise.max())) or 1.0

    def place(step: int, distance: float) -> tuple[float, float]:
        return film.center(step), _CURVE_HEIGHT - 8 - distance / largest * (_CURVE_HEIGHT - 40)

    def line(distances: Curve) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*each) for each in enumerate(distances.tolist())))

    marker = None if half is None else place(half, float(latent[half]))
    return _Curve(_CURVE_HEIGHT, line(latent), line(noise), marker)
