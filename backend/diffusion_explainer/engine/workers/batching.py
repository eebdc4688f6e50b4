"""Gathers requests that wait into batches: what arrived while the model was busy shares its next batch."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from diffusion_explainer.engine.event_log import WorkerEvent
from diffusion_explainer.requests.batches import batches
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.tracing.events import Queued

from .protocol import OnEvent, Stopped

Generate: TypeAlias = Callable[[Sequence[TraceRequest], OnEvent, Stopped], Awaitable[None]]


@dataclass(eq=False)
class _Part:
    """The requests of one caller. They stay in one batch."""

    requests: Sequence[TraceRequest]
    on_event: OnEvent
    stopped: Stopped
    ended: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Batcher:
    """Calls `generate` with at most `batch_limit` requests of any callers, and `slots` times at once.

    Does not wait for a full batch: a free slot starts with what there is.
    """

    def __init__(self, generate: Generate, batch_limit: int, slots: int = 1) -> None:
        self._generate, self._batch_limit, self._slots = generate, batch_limit, slots
        self._waiting: list[_Part] = []
        self._running: set[asyncio.Task[None]] = set()

    async def generate(self, requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped) -> None:
        """Generates requests that fit into one batch. When this is cancelled, they end after the step they are at.

        Raises what `generate` raised for their batch.
        """
        part = _Part(requests, on_event, stopped)
        self._waiting.append(part)
        self._fill_slots()
        try:
            await part.ended
        finally:
            if part in self._waiting:
                self._waiting.remove(part)

    def _fill_slots(self) -> None:
        while self._waiting and len(self._running) < self._slots:
            self._start(self._next_parts())

    def _next_parts(self) -> list[_Part]:
        """The first that waits, and all behind it that fit into its batch."""
        chosen: list[_Part] = []
        for part in self._waiting:
            together = [request for each in (*chosen, part) for request in each.requests]
            if not chosen or len(list(batches(together, self._batch_limit))) == 1:
                chosen.append(part)
        self._waiting = [part for part in self._waiting if part not in chosen]
        return chosen

    def _start(self, parts: Sequence[_Part]) -> None:
        members = [(part, m) for part in parts for m in range(len(part.requests)) if not part.stopped(m)]
        task = asyncio.create_task(self._run(parts, members))
        self._running.add(task)
        task.add_done_callback(self._free_slot)
        for part, member in members:
            part.on_event(WorkerEvent.of(Queued(position=0), member))

    def _free_slot(self, task: asyncio.Task[None]) -> None:
        self._running.remove(task)
        self._fill_slots()

    async def _run(self, parts: Sequence[_Part], members: Sequence[tuple[_Part, int]]) -> None:
        def on_event(event: WorkerEvent) -> None:
            part, member = members[event.member]
            part.on_event(replace(event, member=member))

        def stopped(index: int) -> bool:
            part, member = members[index]
            return part.ended.cancelled() or part.stopped(member)

        error: Exception | None = None
        try:
            if members:
                await self._generate([part.requests[member] for part, member in members], on_event, stopped)
        except Exception as raised:
            error = raised
        for part in parts:
            if not part.ended.cancelled():
                part.ended.set_exception(error) if error else part.ended.set_result(None)
