"""Which requests of many are generated side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from .request import TraceRequest

LARGEST_BATCH = 8  # requests that share UNet calls; each is two samples


def batches(requests: Sequence[TraceRequest], largest: int = LARGEST_BATCH) -> Iterator[list[TraceRequest]]:
    """The requests sorted into those that begin and end together, at most `largest` at a time."""
    groups: dict[tuple[int, str], list[TraceRequest]] = {}
    for request in requests:
        groups.setdefault((request.steps, request.scheduler), []).append(request)
    for members in groups.values():
        parts = math.ceil(len(members) / largest)
        for part in range(parts):  # of even sizes: nine are four and five, not eight and one
            yield members[len(members) * part // parts : len(members) * (part + 1) // parts]
