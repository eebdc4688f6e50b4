"""A copy of the model on a thread of its own, where the runs of all readers share its calls."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from diffusion_explainer import errors
from diffusion_explainer.engine import problem_details
from diffusion_explainer.engine.event_log import WorkerEvent
from diffusion_explainer.engine.threads import in_thread, start_thread
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing import events

from .protocol import OnEvent, Stopped

if TYPE_CHECKING:
    from diffusion_explainer.tracing.models import Model

logger = logging.getLogger(__name__)

Finish: TypeAlias = Callable[[], Trace]


class SharedModel:
    """Generates at most `limit` runs at a time and stores their traces with `save`.

    `runs` are under way or wait. A run that comes joins the others at their next step; more than `limit` wait, first
    come, first served. `on_call` is told how many runs each call of the UNet or the decoder serves.
    """

    def __init__(
        self,
        model: Model,
        save: Callable[[Trace], None],
        limit: int,
        on_call: Callable[[int], None] = lambda runs: None,
    ) -> None:
        from diffusion_explainer.tracing.generate import SharedCalls  # imports torch

        self.model, self.runs, self._save = model, 0, save
        self._calls = SharedCalls(model, on_call)
        self._places = asyncio.Semaphore(limit)
        self._begun: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        start_thread(self._serve)

    def close(self) -> None:
        """Ends the thread once its runs have ended."""
        self._begun.put(None)

    async def generate(self, request: TraceRequest, on_event: OnEvent, stopped: Stopped) -> None:
        """Reports the run's events, as Worker.generate does; does not raise."""
        self.runs += 1
        try:
            async with self._places:
                if stopped():
                    return
                on_event(WorkerEvent.of(events.Queued(position=0)))
                finish = await self._drawn(request, on_event, stopped)
        finally:
            self.runs -= 1
        if finish:
            await self._finish(finish, on_event)

    async def _drawn(self, request: TraceRequest, on_event: OnEvent, stopped: Stopped) -> Finish | None:
        """What makes the trace; None for a run that was stopped or failed, once that is reported."""
        loop, gone = asyncio.get_running_loop(), threading.Event()

        def report(event: events.Event) -> None:
            loop.call_soon_threadsafe(on_event, WorkerEvent.of(event))

        try:
            return await in_thread(
                lambda: self._calls.draw(request, report, lambda: gone.is_set() or stopped()), self._begun.put
            )
        except errors.Cancelled as cancelled:
            on_event(WorkerEvent.of(events.Cancelled(step=cancelled.step)))
        except Exception as error:
            _report_failure(error, on_event)
        finally:
            gone.set()  # this was cancelled while it waited
        return None

    async def _finish(self, finish: Finish, on_event: OnEvent) -> None:
        """On a thread apart: others' steps go on meanwhile."""

        def stored() -> Trace:
            trace = finish()
            self._save(trace)
            return trace

        try:
            trace = await in_thread(stored)
            on_event(WorkerEvent.of(events.Done(id=trace.id, seconds=trace.seconds)))
        except Exception as error:
            _report_failure(error, on_event)

    def _serve(self) -> None:
        while first := self._begun.get():
            with self.model.lock:  # not while it is idle: others in this process may use it
                self._calls.rounds.run(self._admission(first))

    def _admission(self, first: Callable[[], None]) -> Callable[[int], Iterable[Callable[[], None]]]:
        waiting = [first]

        def admit(running: int) -> list[Callable[[], None]]:
            begun = [*waiting, *self._arrived()]
            waiting.clear()
            return begun

        return admit

    def _arrived(self) -> Iterable[Callable[[], None]]:
        while not self._begun.empty():
            run = self._begun.get()
            if run is None:
                self._begun.put(None)  # for `_serve`, once all have ended
                return
            yield run


def _report_failure(error: Exception, on_event: OnEvent) -> None:
    logger.error("A run failed.", exc_info=error)
    on_event(WorkerEvent.of(events.Failed(problem_details.problem_of(error))))
