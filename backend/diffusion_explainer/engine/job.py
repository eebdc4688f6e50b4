"""One generation under way, and everything it has reported so far."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from diffusion_explainer.events import Event
from diffusion_explainer.request import TraceRequest

State = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Report:
    """An event in its wire form: the `number`-th of its job, its name, and its JSON text."""

    number: int
    name: str
    text: str


class Job:
    """Followed by any number of readers; none of them matters to it. Belongs to the event loop's thread.

    `position`: how many jobs end before it starts. `stop` is set to end it, from any thread.
    """

    def __init__(self, trace_id: str, request: TraceRequest) -> None:
        self.id, self.request = trace_id, request
        self.state: State = "queued"
        self.position = 0
        self.stop = threading.Event()
        self.reports: list[Report] = []
        self._changed = asyncio.Event()

    @property
    def active(self) -> bool:
        """Waiting or running, and nobody has stopped it."""
        return self.state in ("queued", "running") and not self.stop.is_set()

    @property
    def finished(self) -> bool:
        """Ended, in whatever way."""
        return self.state not in ("queued", "running")

    def add(self, name: str, text: str, state: State | None = None) -> None:
        """Appends one event and wakes the readers; `state` is the job's from now on."""
        self.reports.append(Report(len(self.reports), name, text))
        self.state = state or self.state
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self, after: int | None = None) -> AsyncIterator[Report]:
        """Every event from the start, or those after number `after`, as they come, until the last one.

        A number that this job has not reached yet is of another life of the same job: starts over.
        """
        number = 0 if after is None or after >= len(self.reports) else after + 1
        if self.finished:
            number = min(number, len(self.reports) - 1)
        while True:
            while number < len(self.reports):
                yield self.reports[number]
                number += 1
            if self.finished:
                return
            await self._changed.wait()


def to_text(event: Event) -> str:
    """An event's JSON; ValueError for one with a number that is not finite."""
    return json.dumps(event.to_wire(), allow_nan=False, separators=(",", ":"))
