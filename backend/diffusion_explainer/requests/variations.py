"""Requests derived from one: a word left out, a grid of two settings, a branch at a step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from diffusion_explainer.errors import InvalidRequest

from .request import TraceRequest

LARGEST_GROUP = 64  # requests

Axis: TypeAlias = tuple[str, Sequence[Any]]  # a setting and its values

_WORD = re.compile(r"[^\W_][\w'’-]*")


@dataclass(frozen=True)
class Word:
    """A word of a prompt, at characters `start` to `end`, and the prompt `without` it."""

    text: str
    start: int
    end: int
    without: str


def words_of(prompt: str) -> list[Word]:
    """The words of a prompt, each with the prompt without it; none where there are fewer than two."""
    found = list(_WORD.finditer(prompt))
    return [Word(word.group(), *word.span(), _without(prompt, *word.span())) for word in found if len(found) > 1]


def without_each_word(request: TraceRequest) -> list[TraceRequest]:
    """The request, and the same without each word in turn. Raises InvalidRequest for a prompt of one word."""
    words = words_of(request.prompt)
    if not 2 <= len(words) < LARGEST_GROUP:
        must = f"must have 2 to {LARGEST_GROUP - 1} words, to leave one out; it has {len(words)}"
        raise InvalidRequest("prompt", request.prompt, must)
    return [request, *(_changed(request, prompt=word.without) for word in words)]


def grid_requests(request: TraceRequest, rows: Axis, columns: Axis) -> list[TraceRequest]:
    """The request of each cell, row by row. Raises InvalidRequest for settings that make no grid."""
    if rows[0] == columns[0]:
        raise InvalidRequest("columns", columns[0], "must be another setting than that of the rows")
    cells = len(rows[1]) * len(columns[1])
    if not 1 <= cells <= LARGEST_GROUP:
        raise InvalidRequest("rows and columns", cells, f"must make 1 to {LARGEST_GROUP} cells")
    return [_changed(request, **{rows[0]: row, columns[0]: column}) for row, column in product(rows[1], columns[1])]


def branch_request(original: TraceRequest, num_steps: int, step: int, **changes: Any) -> TraceRequest:
    """The request of a branch at `step` of a run that has `num_steps`. Raises InvalidRequest for a step outside."""
    if not isinstance(step, int) or isinstance(step, bool):
        raise InvalidRequest("step", step, f"must be a whole number, 0 to {num_steps}")
    if not 0 <= step <= num_steps:
        must = f"must be 0 to {num_steps}, the steps of the trace"
        raise InvalidRequest("step", step, must, min(max(step, 0), num_steps))
    return original.branched(step, **changes)


def _without(prompt: str, start: int, end: int) -> str:
    rest = re.sub(r"\s+", " ", prompt[:start] + prompt[end:])
    return re.sub(r"\s+([,.;:!?])", r"\1", rest).strip(" ,;")


def _changed(request: TraceRequest, **settings: Any) -> TraceRequest:
    return TraceRequest.checked(**{**request.model_dump(), **settings})
