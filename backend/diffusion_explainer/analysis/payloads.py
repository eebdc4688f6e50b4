"""What recorded traces say together, as JSON: comparisons, words left out, trajectories."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from diffusion_explainer.traces.trace import Trace

from .comparison import Comparison, TokenChange
from .leave_one_out import LeaveOneOut
from .trajectory import Background, comparable, trajectories

Wire = dict[str, Any]

_DIGITS = 6  # of a distance


def comparison_payload(traces: Sequence[Trace]) -> Wire:
    """The first of the traces against each of the others. Raises InvalidRequest where they have no common start."""
    return {
        "id": "-".join(trace.id for trace in traces),
        "status": "done",
        "members": [{"id": trace.id, "status": "done", "request": trace.request.model_dump()} for trace in traces],
        "differences": [_difference(Comparison(traces[0], other)) for other in traces[1:]],
    }


def left_out_payload(traces: Sequence[Trace]) -> list[Wire]:
    """How far each word moved the picture, and where; the first trace is the original."""
    return [
        {"distance": round(one.distance, _DIGITS), "difference_map": one.difference_map.round(4).tolist()}
        for one in LeaveOneOut.of(traces).left_out
    ]


def trajectory_payload(
    open_trace: Callable[[str], Trace], background: Sequence[Wire], ids: Sequence[str], method: str
) -> Wire:
    """The trajectories of the traces `ids`, with those of `background` that live in the same space."""
    traces = [open_trace(trace_id) for trace_id in ids]
    runs = [Background(listing["title"], open_trace(listing["id"])) for listing in background]
    return trajectories(traces, [run for run in runs if comparable(run.trace, traces[0])], method).to_wire()


def _difference(comparison: Comparison) -> Wire:
    return {
        "a": comparison.a.id,
        "b": comparison.b.id,
        "settings": list(comparison.settings),
        "tokens": [_change(change) for change in comparison.tokens],
        "latent_distance": comparison.latent_distance.round(_DIGITS).tolist(),
        "noise_distance": comparison.noise_distance.round(_DIGITS).tolist(),
        "half_step": comparison.half_step,
        "largest_differences": {name: round(size, _DIGITS) for name, size in comparison.largest_differences().items()},
    }


def _change(change: TokenChange) -> Wire:
    sides = {side: [token.to_wire() for token in getattr(change, side)] for side in ("a", "b")}
    return {"kind": change.kind, **sides}
