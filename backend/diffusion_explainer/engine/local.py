"""Runs generations in this process, on threads, one at a time on each copy of the model."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from diffusion_explainer import errors, events, problems
from diffusion_explainer.library import Library
from diffusion_explainer.request import TraceRequest
from diffusion_explainer.trace import Trace

from .job import Job, State, to_text
from .metrics import Metrics
from .protocol import ModelStatus, Ticket
from .thread import in_thread

if TYPE_CHECKING:
    from diffusion_explainer.models import Model

logger = logging.getLogger(__name__)

_PATIENCE = 60.0  # seconds that a request waits for a model that is loading
_FAREWELL = 10.0  # seconds that closing waits for the steps under way


class LocalEngine:
    """`load` gives a model; it is called once for each of the `concurrency` generations at a time.

    At most `queue_limit` jobs wait. A job that ended can be followed for `linger` seconds more.
    """

    def __init__(
        self,
        load: Callable[[], Model],
        library: Library,
        metrics: Metrics,
        *,
        concurrency: int = 1,
        queue_limit: int = 16,
        linger: float = 60.0,
    ) -> None:
        self.model = ModelStatus("loading")
        self._load, self._library, self._metrics = load, library, metrics
        self._concurrency, self._queue_limit, self._linger = concurrency, queue_limit, linger
        self._loaded = asyncio.Event()
        self._knocking = 0  # requests that wait for the model
        self._idle: list[Model] = []
        self._queue: list[Job] = []
        self._running: dict[Job, asyncio.Task[None]] = {}
        self._jobs: dict[str, Job] = {}
        self._trace_seconds = 5.0  # of late
        self._loading: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Starts loading the model; does not wait for it."""
        self._loading = asyncio.create_task(self._load_models())

    async def close(self) -> None:
        """Stops every job, and waits for the steps under way."""
        if self._loading:
            self._loading.cancel()
        for job in [*self._queue, *self._running]:
            self._stop(job)
        if self._running:
            await asyncio.wait(self._running.values(), timeout=_FAREWELL)

    async def submit(self, request: TraceRequest) -> Ticket:
        """Stored, joined or queued. Raises QueueFull or ModelUnavailable."""
        trace_id = request.id_for(await self._fingerprint())
        stored = await asyncio.to_thread(self._library.has, trace_id)
        job = self._jobs.get(trace_id)
        if job and job.active:
            return Ticket(job.id, "running" if job.state == "running" else "queued", job.position)
        if stored:
            return Ticket(trace_id, "done")
        return self._enqueue(Job(trace_id, request))

    def job(self, trace_id: str) -> Job | None:
        """The job that makes the trace, or made it a moment ago."""
        return self._jobs.get(trace_id)

    def cancel(self, trace_id: str) -> None:
        """Stops that job and no other. Raises TraceNotFound where none is under way."""
        job = self._jobs.get(trace_id)
        if job is None or job.finished:
            raise errors.TraceNotFound(trace_id)
        self._stop(job)
        self._dispatch()

    def _stop(self, job: Job) -> None:
        job.stop.set()  # one that runs ends after the step it is at
        if job in self._queue:
            self._queue.remove(job)
            self._end(job, "cancelled", events.Cancelled(step=0))

    async def _load_models(self) -> None:
        try:
            self._idle = [await in_thread(self._load) for _ in range(self._concurrency)]
            self.model = await in_thread(lambda: _status(self._idle[0]))
        except Exception as error:
            logger.error("The model could not be loaded: %s", error)
            self.model = ModelStatus("failed", detail=str(error))
        self._loaded.set()

    async def _fingerprint(self) -> str:
        if not self._loaded.is_set():
            await self._wait_for_model()
        if self.model.card is None:
            raise errors.ModelUnavailable(f"The model could not be loaded: {self.model.detail}")
        return str(self.model.card["fingerprint"])

    async def _wait_for_model(self) -> None:
        if self._knocking >= self._queue_limit + self._concurrency:
            raise errors.QueueFull(self._queue_limit, self._retry_after())
        self._knocking += 1
        try:
            await asyncio.wait_for(self._loaded.wait(), _PATIENCE)
        except TimeoutError:
            raise errors.ModelUnavailable("The model is still loading.", retry_after=15) from None
        finally:
            self._knocking -= 1

    def _enqueue(self, job: Job) -> Ticket:
        if len(self._queue) + 1 - len(self._idle) > self._queue_limit:
            raise errors.QueueFull(self._queue_limit, self._retry_after())
        self._jobs[job.id] = job
        self._queue.append(job)
        job.position = -1  # so that its first position is news
        self._dispatch()
        return Ticket(job.id, "running" if job.state == "running" else "queued", job.position)

    def _dispatch(self) -> None:
        """Starts what can start, and tells the others where they stand."""
        while self._queue and self._idle:
            job, model = self._queue.pop(0), self._idle.pop()
            self._move_to(job, 0)
            job.state = "running"
            self._running[job] = asyncio.create_task(self._run(job, model))
        for place, job in enumerate(self._queue):
            self._move_to(job, place + 1)
        self._metrics.waiting.set(len(self._queue))
        self._metrics.running.set(len(self._running))

    def _move_to(self, job: Job, position: int) -> None:
        if job.position != position:
            job.position = position
            job.add(events.Queued.name, to_text(events.Queued(position)))

    async def _run(self, job: Job, model: Model) -> None:
        loop = asyncio.get_running_loop()

        def report(event: events.Event) -> None:
            if isinstance(event, events.StepDone):
                self._metrics.step_seconds.observe(event.step.seconds)
            loop.call_soon_threadsafe(job.add, event.name, to_text(event))

        try:
            trace = await in_thread(lambda: self._draw(job, model, report))
            self._trace_seconds += 0.3 * (trace.seconds - self._trace_seconds)
            self._metrics.trace_seconds.observe(trace.seconds)
            self._end(job, "done", events.Done(id=job.id, seconds=trace.seconds))
        except errors.Cancelled as stopped:
            self._end(job, "cancelled", events.Cancelled(step=stopped.step))
        except Exception as error:
            logger.error("Job %s failed.", job.id, exc_info=error)
            self._end(job, "failed", events.Failed(problems.problem_of(error)))
        del self._running[job]
        self._idle.append(model)
        self._dispatch()

    def _draw(self, job: Job, model: Model, report: Callable[[events.Event], None]) -> Trace:
        from diffusion_explainer.generate import (
            generate,  # imports torch: not before there is something to draw
        )

        trace = generate(model, job.request, report, job.stop.is_set)
        self._library.save(trace)
        return trace

    def _end(self, job: Job, state: State, event: events.Event) -> None:
        job.add(event.name, to_text(event), state)
        self._metrics.jobs.labels(outcome=state).inc()
        asyncio.get_running_loop().call_later(self._linger, self._forget, job)

    def _forget(self, job: Job) -> None:
        if self._jobs.get(job.id) is job:
            del self._jobs[job.id]

    def _retry_after(self) -> int:
        """Seconds until the queue has moved up by one, as far as can be told."""
        return max(1, min(600, math.ceil(self._trace_seconds / self._concurrency)))


def _status(model: Model) -> ModelStatus:
    import torch

    return ModelStatus(
        "ready", model.card.to_wire(), device=str(model.pipeline.device), threads=torch.get_num_threads()
    )
