"""Several runs that belong together, drawn in shared batches: two prompts, one word left out, a grid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from .comparison import Comparison
from .diffusion import relative_distance
from .errors import InvalidRequest
from .request import TraceRequest
from .trace import Trace

if TYPE_CHECKING:
    from .models import Model

LARGEST_BATCH = 8  # prompts; each is two pictures in the UNet
_WORD = re.compile(r"[^\W_][\w'’-]*")


@dataclass(frozen=True)
class LeftOut:
    """The run without one word. `distance`: of its final latent from the original's, relative."""

    word: str
    trace: Trace
    distance: float


@dataclass(frozen=True)
class LeaveOneOut:
    """A prompt, and the same without each of its words, all from one seed."""

    original: Trace
    left_out: tuple[LeftOut, ...]

    def _repr_html_(self) -> str:
        from .notebook import leave_one_out_html

        return leave_one_out_html(self)


@dataclass(frozen=True)
class Grid:
    """`traces[row][column]`: two settings varied, the rest kept."""

    row_setting: str
    column_setting: str
    traces: tuple[tuple[Trace, ...], ...]

    def _repr_html_(self) -> str:
        from .notebook import grid_html

        return grid_html(self)


def compare(model: Model, a: TraceRequest, b: TraceRequest) -> Comparison:
    """Both requests in one batch of four."""
    return Comparison(*together(model, [a, b]))


def leave_one_out(model: Model, request: TraceRequest) -> LeaveOneOut:
    """The request, and n runs of its n words with one missing. InvalidRequest for a prompt of one word."""
    shorter = list(prompts_without_a_word(request.prompt))
    if not shorter:
        raise InvalidRequest("prompt", request.prompt, "must have two words or more, to leave one out")
    requests = [_changed(request, prompt=prompt) for _, prompt in shorter]
    original, *others = together(model, [request, *requests])
    return LeaveOneOut(
        original,
        tuple(
            LeftOut(word, trace, relative_distance(trace.final_latent, original.final_latent))
            for (word, _), trace in zip(shorter, others, strict=True)
        ),
    )


def grid(
    model: Model, request: TraceRequest, rows: tuple[str, Sequence[Any]], columns: tuple[str, Sequence[Any]]
) -> Grid:
    """The request with each value of two settings: `rows` and `columns` are (setting, values)."""
    requests = [_changed(request, **{rows[0]: r, columns[0]: c}) for r, c in product(rows[1], columns[1])]
    traces = together(model, requests)
    width = len(columns[1])
    return Grid(rows[0], columns[0], tuple(tuple(traces[k : k + width]) for k in range(0, len(traces), width)))


def together(model: Model, requests: Sequence[TraceRequest]) -> list[Trace]:
    """A trace of each request, in their order; those that can share UNet calls do."""
    from .generate import generate_together

    traces: dict[int, Trace] = {}
    for members in _batches(requests):
        drawn = generate_together(model, [requests[member] for member in members])
        traces.update(zip(members, drawn, strict=True))
    return [traces[member] for member in range(len(requests))]


def prompts_without_a_word(prompt: str) -> Iterator[tuple[str, str]]:
    """(word, the prompt without it) for each word in turn, if there are two or more."""
    words = list(_WORD.finditer(prompt))
    for word in words if len(words) > 1 else ():
        rest = re.sub(r"\s+", " ", prompt[: word.start()] + prompt[word.end() :])
        yield word.group(), re.sub(r"\s+([,.;:!?])", r"\1", rest).strip(" ,;")


def _batches(requests: Sequence[TraceRequest]) -> Iterator[list[int]]:
    groups: dict[tuple[Any, ...], list[int]] = {}
    for member, request in enumerate(requests):
        groups.setdefault((request.steps, request.scheduler, bool(request.negative_prompt)), []).append(member)
    for members in groups.values():
        for start in range(0, len(members), LARGEST_BATCH):
            yield members[start : start + LARGEST_BATCH]


def _changed(request: TraceRequest, **settings: Any) -> TraceRequest:
    return TraceRequest.checked(**{**request.model_dump(), **settings})
