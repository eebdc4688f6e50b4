"""Which requests can share one pipeline call."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from diffusion_explainer.errors import InvalidRequest

from .request import TraceRequest

LARGEST_BATCH = 8  # requests; each is two samples in the UNet

_SHARED = ("steps", "scheduler")  # what one pipeline call has for all its prompts


def batches(requests: Sequence[TraceRequest], largest: int = LARGEST_BATCH) -> Iterator[list[TraceRequest]]:
    """The requests sorted into those that one pipeline call can draw, at most `largest` at a time."""
    groups: dict[tuple[int, str], list[TraceRequest]] = {}
    for request in requests:
        groups.setdefault((request.steps, request.scheduler), []).append(request)
    for members in groups.values():
        parts = math.ceil(len(members) / largest)
        for part in range(parts):  # of even sizes: nine are four and five, not eight and one
            yield members[len(members) * part // parts : len(members) * (part + 1) // parts]


def check_one_batch(requests: Sequence[TraceRequest]) -> None:
    """Raises InvalidRequest for a request that cannot share a pipeline call with the first."""
    first = requests[0]
    for request in requests[1:]:
        for field in _SHARED:
            value, wanted = getattr(request, field), getattr(first, field)
            if value != wanted:
                raise InvalidRequest(field, value, f"must be {wanted!r} for all of a batch", wanted)
