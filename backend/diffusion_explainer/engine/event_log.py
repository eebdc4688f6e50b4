"""What has been reported so far, for any number of readers that come and go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from diffusion_explainer.tracing import events

LAST_EVENTS = (events.Done.name, events.Failed.name, events.Cancelled.name)


@dataclass(frozen=True)
class WorkerEvent:
    """An event in wire form: the `member`-th run of a batch or group reports it.

    `text`: its JSON. `seconds`: of one step (step) or the whole run (done).
    """

    member: int
    name: str
    text: str
    seconds: float = 0.0

    @classmethod
    def of(cls, event: events.Event, member: int = 0) -> WorkerEvent:
        """The wire form of an event. Raises ValueError for a number that is not finite."""
        text = json.dumps(event.to_wire(), allow_nan=False, separators=(",", ":"))
        return cls(member, event.name, text, _seconds(event))


def _seconds(event: events.Event) -> float:
    if isinstance(event, events.StepDone):
        return event.step.seconds
    return event.seconds if isinstance(event, events.Done) else 0.0


class EventLog:
    """Events in order, numbered from 0. Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self.events: list[WorkerEvent] = []
        self.finished = False
        self._changed = asyncio.Event()

    def add(self, event: WorkerEvent) -> None:
        """Appends an event and wakes the readers."""
        self.events.append(event)
        self._changed.set()
        self._changed = asyncio.Event()

    def end(self, event: WorkerEvent) -> None:
        """Appends the last event."""
        self.finished = True
        self.add(event)

    async def follow(self, after: int | None = None) -> AsyncIterator[tuple[int, WorkerEvent]]:
        """Each event with its number, as they come: all of them, or those after number `after`, up to the last one.

        A number that this log has not reached yet is from an earlier process: starts over.
        """
        number = 0 if after is None or after >= len(self.events) else after + 1
        if self.finished:
            number = min(number, len(self.events) - 1)
        while True:
            while number < len(self.events):
                yield number, self.events[number]
                number += 1
            if self.finished:
                return
            await self._changed.wait()
