"""Runs that are asked for one by one, drawn together: what came while the model was busy shares its next batch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.tracing.experiments import batches

from .events import News
from .protocol import Report, Stopped

Make: TypeAlias = Callable[[Sequence[TraceRequest], Report, Stopped], Awaitable[None]]


@dataclass(eq=False)
class _Part:
    """What one caller asked for; the end of its news is None."""

    requests: Sequence[TraceRequest]
    news: asyncio.Queue[News | None] = field(default_factory=asyncio.Queue)
    left: bool = False


class Coalescer:
    """`make` draws a batch of at most `batch_limit` requests; it is asked for one batch at a time.

    Nobody waits for company: a model that is idle starts at once.
    """

    def __init__(self, make: Make, batch_limit: int) -> None:
        self._make, self._batch_limit = make, batch_limit
        self._waiting: list[_Part] = []
        self._drawing: asyncio.Task[None] | None = None

    async def draw(self, requests: Sequence[TraceRequest]) -> AsyncGenerator[News]:
        """The news of these requests, which one batch can hold. Closed early, they end after the step they are at."""
        part = _Part(requests)
        self._waiting.append(part)
        self._start()
        try:
            while news := await part.news.get():
                yield news
        finally:
            part.left = True
            if part in self._waiting:
                self._waiting.remove(part)

    def _start(self) -> None:
        if self._waiting and self._drawing is None:
            self._drawing = asyncio.create_task(self._draw(self._next()))

    def _next(self) -> list[_Part]:
        """The first who waits, and all behind it that fit into its batch."""
        chosen: list[_Part] = []
        for part in self._waiting:
            together = [request for one in (*chosen, part) for request in one.requests]
            if len(list(batches(together, self._batch_limit))) == 1:
                chosen.append(part)
        self._waiting = [part for part in self._waiting if part not in chosen]
        return chosen

    async def _draw(self, parts: list[_Part]) -> None:
        members = [(part, member) for part in parts for member in range(len(part.requests))]

        def report(news: News) -> None:
            part, member = members[news.member]
            part.news.put_nowait(replace(news, member=member))

        try:
            await self._make(
                [part.requests[member] for part, member in members], report, lambda member: members[member][0].left
            )
        finally:
            for part in parts:
                part.news.put_nowait(None)
            self._drawing = None
            self._start()
