"""What has been reported so far, for any number of readers that come and go."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from diffusion_explainer.tracing import events

LAST_EVENTS = (events.Done.name, events.Failed.name, events.Cancelled.name)

_TENSORS = ("arrays", "text_embedding", "unconditional_text_embedding")


@dataclass(frozen=True)
class WorkerEvent:
    """An event in wire form: the `member`-th run of a batch or group reports it.

    `text`: its JSON. `seconds`: of one step (step) or the whole run (done). `small_text`: its JSON without tensors,
    if it has any.
    """

    member: int
    name: str
    text: str
    seconds: float = 0.0
    small_text: str | None = None

    @classmethod
    def of(cls, event: events.Event, member: int = 0) -> WorkerEvent:
        """The wire form of an event. Raises ValueError for a number that is not finite."""
        wire = event.to_wire()
        text, small_text = _json(wire), _json(_without_tensors(wire))
        return cls(member, event.name, text, _seconds(event), None if small_text == text else small_text)

    def text_with(self, arrays: bool) -> str:
        """Its JSON, with or without tensors."""
        return self.text if arrays or self.small_text is None else self.small_text

    @property
    def size(self) -> int:
        """Characters that it holds."""
        return len(self.text) + len(self.small_text or "")


def _json(wire: events.Wire) -> str:
    return json.dumps(wire, allow_nan=False, separators=(",", ":"))


def _without_tensors(wire: events.Wire) -> events.Wire:
    kept: dict[str, Any] = {name: value for name, value in wire.items() if name not in _TENSORS}
    if "start" in kept:
        kept["start"] = {name: value for name, value in kept["start"].items() if name != "latent"}
    return kept


def _seconds(event: events.Event) -> float:
    if isinstance(event, events.StepDone):
        return event.step.seconds
    return event.seconds if isinstance(event, events.Done) else 0.0


class Log(ABC):
    """Events in order, numbered from 0; the first ones may be gone. Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self.finished = False
        self._changed = asyncio.Event()

    @property
    @abstractmethod
    def count(self) -> int:
        """How many events there have been."""

    @abstractmethod
    def event(self, number: int) -> WorkerEvent | None:
        """The event of that number; None if it is gone."""

    def wake(self) -> None:
        """Tells the readers that something changed."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self, after: int | None = None) -> AsyncIterator[tuple[int, WorkerEvent]]:
        """Each event with its number, as they come: all of them, or those after number `after`, up to the last one.

        A number that this log has not reached yet is from an earlier process: starts over.
        """
        number = 0 if after is None or after >= self.count else after + 1
        if self.finished:
            number = min(number, self.count - 1)
        while True:
            if number < self.count:
                event = self.event(number)
                if event is not None:
                    yield number, event
                number += 1
            elif self.finished:
                return
            else:
                await self._changed.wait()


class EventLog(Log):
    """A log that holds its events."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[WorkerEvent] = []
        self._dropped = 0

    @property
    def count(self) -> int:
        return self._dropped + len(self.events)

    @property
    def size(self) -> int:
        """Characters that its events hold."""
        return sum(event.size for event in self.events)

    def event(self, number: int) -> WorkerEvent | None:
        return self.events[number - self._dropped] if number >= self._dropped else None

    def add(self, event: WorkerEvent) -> None:
        """Appends an event and wakes the readers."""
        self.events.append(event)
        self.wake()

    def end(self, event: WorkerEvent) -> None:
        """Appends the last event."""
        self.finished = True
        self.add(event)

    def drop_all_but_the_last(self) -> None:
        """Readers that are behind continue with the last event."""
        self._dropped = self.count - 1
        self.events = self.events[-1:]


class EndedLogs:
    """Logs that have ended. Beyond `limit` characters, the oldest keep only their last event."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._sizes: dict[EventLog, int] = {}

    def add(self, log: EventLog) -> None:
        """Takes a log that has just ended."""
        self._sizes[log] = log.size
        while sum(self._sizes.values()) > self._limit:
            self.forget(next(iter(self._sizes)))

    def forget(self, log: EventLog) -> None:
        """Drops what the log reported but its end."""
        if self._sizes.pop(log, None) is not None:
            log.drop_all_but_the_last()
