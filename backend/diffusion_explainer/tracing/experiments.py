"""Several runs that belong together, drawn in shared batches: two prompts, one word left out, a grid, a branch."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from PIL import Image

from diffusion_explainer.analysis.comparison import Comparison, Map, check_shared
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces.diffusion import relative_distance
from diffusion_explainer.traces.trace import Trace

from .events import Event

if TYPE_CHECKING:
    from .models import Model

LARGEST_BATCH = 8  # prompts; each is two pictures in the UNet
LARGEST_GROUP = 64  # runs
_WORD = re.compile(r"[^\W_][\w'’-]*")

Report: TypeAlias = Callable[[int, Event], None]
Axis: TypeAlias = tuple[str, Sequence[Any]]  # a setting and its values


def silently(member: int, event: Event) -> None:
    """A report that nobody reads."""


@dataclass(frozen=True)
class Word:
    """A word of a prompt, at characters `start` to `end`, and the prompt `without` it."""

    text: str
    start: int
    end: int
    without: str


@dataclass(frozen=True)
class LeftOut:
    """The run without one word. `distance`: of its final latent from the original's, relative.

    `difference_map` [h, w] says where: the size of the difference over the channels.
    """

    word: str
    trace: Trace
    distance: float
    difference_map: Map


@dataclass(frozen=True)
class LeaveOneOut:
    """A prompt, and the same without each of its words, all from one seed."""

    original: Trace
    left_out: tuple[LeftOut, ...]

    def _repr_html_(self) -> str:
        from diffusion_explainer.rendering.notebook import leave_one_out_html

        return leave_one_out_html(self)


@dataclass(frozen=True)
class Grid:
    """`traces[row][column]`: two settings varied, the rest kept."""

    row_setting: str
    column_setting: str
    traces: tuple[tuple[Trace, ...], ...]

    @property
    def picture(self) -> Image.Image:
        """All of it as one picture, labelled; the starting noise heads each seed."""
        from diffusion_explainer.rendering.grid_image import mosaic

        return mosaic(self.traces, self.row_setting, self.column_setting)

    def _repr_html_(self) -> str:
        from diffusion_explainer.rendering.notebook import grid_html

        return grid_html(self)


def compare(model: Model, a: TraceRequest, b: TraceRequest, report: Report = silently) -> Comparison:
    """Both requests in one batch of four. InvalidRequest where they have no common start or steps."""
    check_shared([a, b])
    return Comparison(*together(model, [a, b], report))


def leave_one_out(model: Model, request: TraceRequest, report: Report = silently) -> LeaveOneOut:
    """The request, and n runs of its n words with one missing. InvalidRequest for a prompt of one word."""
    requests = without_each_word(request)
    return left_out(together(model, requests, report))


def grid(model: Model, request: TraceRequest, rows: Axis, columns: Axis, report: Report = silently) -> Grid:
    """The request with each value of two settings: `rows` and `columns` are (setting, values)."""
    traces = together(model, grid_requests(request, rows, columns), report)
    width = len(columns[1])
    return Grid(rows[0], columns[0], tuple(tuple(traces[k : k + width]) for k in range(0, len(traces), width)))


def branch(model: Model, trace: Trace, step: int, report: Report = silently, **changes: Any) -> Trace:
    """The same run up to row `step`, and from there on with another prompt, negative prompt or guidance.

    The rows before are drawn again, from the seed: so it is exact for every sampler, whatever it remembers.
    Raises InvalidRequest for a step outside 0..N, or a trace of another model.
    """
    if trace.model.fingerprint != model.card.fingerprint:
        raise InvalidRequest("trace", trace.id, f"must be drawn by {model.card.name}, the model at hand")
    return together(model, [branch_request(trace.request, len(trace.steps), step, **changes)], report)[0]


def branch_request(original: TraceRequest, rows: int, step: int, **changes: Any) -> TraceRequest:
    """The request of a branch at row `step` of a run that has `rows` of them. Raises InvalidRequest."""
    if not 0 <= step <= rows:
        raise InvalidRequest("step", step, f"must be 0 to {rows}, the rows of the trace", min(max(step, 0), rows))
    return original.branched(step, **changes)


def without_each_word(request: TraceRequest) -> list[TraceRequest]:
    """The request, and the same without each word in turn. InvalidRequest for a prompt of one word."""
    words = words_of(request.prompt)
    if not 2 <= len(words) < LARGEST_GROUP:
        must = f"must have 2 to {LARGEST_GROUP - 1} words, to leave one out; it has {len(words)}"
        raise InvalidRequest("prompt", request.prompt, must)
    return [request, *(_changed(request, prompt=word.without) for word in words)]


def left_out(traces: Sequence[Trace]) -> LeaveOneOut:
    """Of the traces of `without_each_word`, in its order."""
    original, *others = traces
    words = words_of(original.request.prompt)
    return LeaveOneOut(original, tuple(_left_out(*each, original) for each in zip(words, others, strict=True)))


def grid_requests(request: TraceRequest, rows: Axis, columns: Axis) -> list[TraceRequest]:
    """The request of each cell, row by row. Raises InvalidRequest for settings that make no grid."""
    if rows[0] == columns[0]:
        raise InvalidRequest("columns", columns[0], "must be another setting than that of the rows")
    cells = len(rows[1]) * len(columns[1])
    if not 1 <= cells <= LARGEST_GROUP:
        raise InvalidRequest("rows and columns", cells, f"must make 1 to {LARGEST_GROUP} cells")
    return [_changed(request, **{rows[0]: row, columns[0]: column}) for row, column in product(rows[1], columns[1])]


def together(model: Model, requests: Sequence[TraceRequest], report: Report = silently) -> list[Trace]:
    """A trace of each request, in their order; those that can share UNet calls do, equal ones are drawn once.

    `report(member, event)` tells what happens to the member-th request (of equal ones, to the first).
    """
    from .generate import generate_together

    different = list(dict.fromkeys(requests))
    traces: dict[TraceRequest, Trace] = {}
    for batch in batches(different):

        def tell(member: int, event: Event, batch: list[TraceRequest] = batch) -> None:
            report(requests.index(batch[member]), event)

        traces.update(zip(batch, generate_together(model, batch, tell), strict=True))
    return [traces[request] for request in requests]


def batches(requests: Sequence[TraceRequest], largest: int = LARGEST_BATCH) -> Iterator[list[TraceRequest]]:
    """The requests sorted into those that one pipeline call can draw, at most `largest` at a time."""
    groups: dict[tuple[Any, ...], list[TraceRequest]] = {}
    for request in requests:
        groups.setdefault((request.steps, request.scheduler), []).append(request)
    for members in groups.values():
        parts = math.ceil(len(members) / largest)
        for part in range(parts):  # of even sizes: nine are four and five, not eight and one
            yield members[len(members) * part // parts : len(members) * (part + 1) // parts]


def words_of(prompt: str) -> list[Word]:
    """The words of a prompt, each with the prompt without it; none where there are fewer than two."""
    found = list(_WORD.finditer(prompt))
    return [Word(word.group(), *word.span(), _without(prompt, *word.span())) for word in found if len(found) > 1]


def _without(prompt: str, start: int, end: int) -> str:
    rest = re.sub(r"\s+", " ", prompt[:start] + prompt[end:])
    return re.sub(r"\s+([,.;:!?])", r"\1", rest).strip(" ,;")


def _left_out(word: Word, trace: Trace, original: Trace) -> LeftOut:
    difference = trace.final_latent - original.final_latent
    distance = relative_distance(trace.final_latent, original.final_latent)
    return LeftOut(word.text, trace, distance, np.linalg.norm(difference, axis=0).astype(np.float32))


def _changed(request: TraceRequest, **settings: Any) -> TraceRequest:
    return TraceRequest.checked(**{**request.model_dump(), **settings})
