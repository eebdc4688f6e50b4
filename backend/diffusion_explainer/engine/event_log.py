"""What something has reported so far, for any number of readers that come and go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """An event in its wire form: the `number`-th of its log, its name, and its JSON text."""

    number: int
    name: str
    text: str


class Log:
    """Events in order; none of its readers matters to it. Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self.reports: list[Report] = []
        self._changed = asyncio.Event()

    @property
    def finished(self) -> bool:
        """Whether nothing more will come."""
        raise NotImplementedError

    def add(self, name: str, text: str) -> None:
        """Appends one event and wakes the readers."""
        self.reports.append(Report(len(self.reports), name, text))
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self, after: int | None = None) -> AsyncIterator[Report]:
        """Every event from the start, or those after number `after`, as they come, until the last one.

        A number that this log has not reached yet is of another life of it: starts over.
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
