"""Several runs that belong together, drawn side by side: two prompts, one word left out, a grid, a branch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from diffusion_explainer.analysis.comparison import Comparison, check_shared
from diffusion_explainer.analysis.grid import Grid
from diffusion_explainer.analysis.leave_one_out import LeaveOneOut
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.requests.variations import Axis, branch_request, grid_requests, without_each_word
from diffusion_explainer.traces.trace import Trace

from .events import Event
from .generate import generate_all
from .models import Model

OnMemberEvent: TypeAlias = Callable[[int, Event], None]


def ignore(member: int, event: Event) -> None:
    """Does nothing with an event."""


def compare(model: Model, a: TraceRequest, b: TraceRequest, on_event: OnMemberEvent = ignore) -> Comparison:
    """Draws both requests side by side. Raises InvalidRequest where they have no common start or steps."""
    check_shared([a, b])
    return Comparison(*generate_all(model, [a, b], on_event))


def leave_one_out(model: Model, request: TraceRequest, on_event: OnMemberEvent = ignore) -> LeaveOneOut:
    """Draws the request, and again without each of its words. Raises InvalidRequest for a prompt of one word."""
    return LeaveOneOut.of(generate_all(model, without_each_word(request), on_event))


def grid(model: Model, request: TraceRequest, rows: Axis, columns: Axis, on_event: OnMemberEvent = ignore) -> Grid:
    """Draws the request with each value of two settings: `rows` and `columns` are (setting, values).

    Raises InvalidRequest for settings that make no grid.
    """
    traces = generate_all(model, grid_requests(request, rows, columns), on_event)
    width = len(columns[1])
    return Grid(rows[0], columns[0], tuple(tuple(traces[k : k + width]) for k in range(0, len(traces), width)))


def branch(model: Model, trace: Trace, step: int, on_event: OnMemberEvent = ignore, **changes: Any) -> Trace:
    """Draws the same run up to `step`, and from there on with another prompt, negative prompt or guidance.

    The steps before are drawn again from the seed, because samplers remember earlier predictions and draw noise.
    Raises InvalidRequest for a step outside 0..N, or a trace of another model.
    """
    if trace.model.fingerprint != model.card.fingerprint:
        raise InvalidRequest("trace", trace.id, f"must be drawn by {model.card.name}, the model at hand")
    return generate_all(model, [branch_request(trace.request, len(trace.steps), step, **changes)], on_event)[0]
