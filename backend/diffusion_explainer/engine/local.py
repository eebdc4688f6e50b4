"""Runs generations in this process, on threads, one batch at a time on each copy of the model."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from diffusion_explainer import errors, events, experiments, problems
from diffusion_explainer.library import Library
from diffusion_explainer.request import TraceRequest
from diffusion_explainer.trace import Trace

from .batch import Batch
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
    """`load` gives a model; it is called once for each of the `concurrency` batches at a time.

    A batch has at most `batch_limit` jobs. At most `queue_limit` submissions wait. A job that ended can be
    followed for `linger` seconds more.
    """

    def __init__(
        self,
        load: Callable[[], Model],
        library: Library,
        metrics: Metrics,
        *,
        concurrency: int = 1,
        batch_limit: int = experiments.LARGEST_BATCH,
        queue_limit: int = 16,
        linger: float = 60.0,
    ) -> None:
        self.model = ModelStatus("loading")
        self._load, self._library, self._metrics = load, library, metrics
        self._concurrency, self._batch_limit = concurrency, batch_limit
        self._queue_limit, self._linger = queue_limit, linger
        self._loaded = asyncio.Event()
        self._knocking = 0  # requests that wait for the model
        self._models: list[Model] = []
        self._idle: list[Model] = []
        self._queue: list[Batch] = []
        self._running: dict[Batch, asyncio.Task[None]] = {}
        self._jobs: dict[str, Job] = {}
        self._batch_seconds = 5.0  # of late
        self._loading: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Starts loading the model; does not wait for it."""
        self._loading = asyncio.create_task(self._load_models())

    async def close(self) -> None:
        """Stops every job, and waits for the steps under way."""
        if self._loading:
            self._loading.cancel()
        for batch in [*self._queue, *self._running]:
            for job in list(batch.jobs):
                self._stop(job)
        if self._running:
            await asyncio.wait(self._running.values(), timeout=_FAREWELL)

    async def submit(self, request: TraceRequest) -> Ticket:
        """Stored, joined or queued. Raises QueueFull or ModelUnavailable."""
        return (await self.submit_together([request]))[0]

    async def submit_together(self, requests: Sequence[TraceRequest]) -> list[Ticket]:
        """The same for several: those that are new share batches. Raises before it takes any, or takes all."""
        fingerprint = await self._fingerprint()
        wanted = {request.id_for(fingerprint): request for request in requests}
        await asyncio.to_thread(self._check_rows, requests)
        stored = await asyncio.to_thread(lambda: {trace_id for trace_id in wanted if self._library.has(trace_id)})
        new = {trace_id: wanted[trace_id] for trace_id in wanted if not self._under_way(trace_id)}
        self._enqueue([Job(trace_id, request) for trace_id, request in new.items() if trace_id not in stored])
        return [self._ticket(request.id_for(fingerprint)) for request in requests]

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
        for batch in self._queue:
            if job in batch.jobs:
                batch.jobs.remove(job)
                self._end(job, "cancelled", events.Cancelled(step=0))
        self._queue = [batch for batch in self._queue if batch.jobs]

    def _under_way(self, trace_id: str) -> bool:
        job = self._jobs.get(trace_id)
        return job is not None and job.active

    def _ticket(self, trace_id: str) -> Ticket:
        job = self._jobs.get(trace_id)
        if job is None or not job.active:
            return Ticket(trace_id, "done")
        return Ticket(trace_id, "running" if job.state == "running" else "queued", job.position)

    def _check_rows(self, requests: Sequence[TraceRequest]) -> None:
        for request in requests:
            if request.branched_from:
                request.check_rows(self._models[0].rows(request.scheduler, request.steps))

    async def _load_models(self) -> None:
        try:
            self._models = [await in_thread(self._load) for _ in range(self._concurrency)]
            self._idle = list(self._models)
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

    def _enqueue(self, jobs: Sequence[Job]) -> None:
        if not jobs:
            return
        waiting = len({batch.submission for batch in self._queue})
        if waiting + 1 - len(self._idle) > self._queue_limit:
            raise errors.QueueFull(self._queue_limit, self._retry_after())
        submission, by_request = object(), {job.request: job for job in jobs}
        for batch in experiments.batches(list(by_request), self._batch_limit):
            self._queue.append(Batch((by_request[request] for request in batch), submission))
        for job in jobs:
            self._jobs[job.id] = job
            job.position = -1  # so that its first position is news
        self._dispatch()

    def _dispatch(self) -> None:
        """Starts what can start, and tells the others where they stand."""
        while self._queue and self._idle:
            batch, model = self._queue.pop(0), self._idle.pop()
            for job in batch.jobs:
                self._move_to(job, 0)
                job.state = "running"
            self._running[batch] = asyncio.create_task(self._run(batch, model))
        for place, batch in enumerate(self._queue):
            for job in batch.jobs:
                self._move_to(job, place + 1)
        self._metrics.waiting.set(sum(len(batch.jobs) for batch in self._queue))
        self._metrics.running.set(sum(len(batch.jobs) for batch in self._running))

    def _move_to(self, job: Job, position: int) -> None:
        if job.position != position:
            job.position = position
            job.add(events.Queued.name, to_text(events.Queued(position)))

    async def _run(self, batch: Batch, model: Model) -> None:
        loop = asyncio.get_running_loop()

        def report(member: int, event: events.Event) -> None:
            if isinstance(event, events.StepDone) and member == 0:
                self._metrics.step_seconds.observe(event.step.seconds)
            if not batch.jobs[member].finished:
                loop.call_soon_threadsafe(self._tell, batch.jobs[member], event, to_text(event))

        try:
            traces = await in_thread(lambda: self._draw(batch, model, report))
            self._batch_seconds += 0.3 * (traces[0].seconds - self._batch_seconds)
            self._metrics.trace_seconds.observe(traces[0].seconds)
            for job, trace in zip(batch.jobs, traces, strict=True):
                self._end(job, "done", events.Done(id=job.id, seconds=trace.seconds))
        except errors.Cancelled as stopped:
            for job in batch.jobs:
                self._end(job, "cancelled", events.Cancelled(step=stopped.step))
        except Exception as error:
            logger.error("Job %s failed.", " ".join(job.id for job in batch.jobs), exc_info=error)
            for job in batch.jobs:
                self._end(job, "failed", events.Failed(problems.problem_of(error)))
        del self._running[batch]
        self._idle.append(model)
        self._dispatch()

    def _tell(self, job: Job, event: events.Event, text: str) -> None:
        """Adds an event to its job, and ends one that is not wanted while others of its batch are."""
        if job.finished:
            return
        job.add(event.name, text)
        if isinstance(event, events.StepDone) and job.stop.is_set():
            self._end(job, "cancelled", events.Cancelled(step=event.step.step + 1))

    def _draw(self, batch: Batch, model: Model, report: experiments.Report) -> list[Trace]:
        from diffusion_explainer.generate import (
            generate_together,  # imports torch: not before there is something to draw
        )

        traces = generate_together(model, [job.request for job in batch.jobs], report, batch.stopped)
        for job, trace in zip(batch.jobs, traces, strict=True):
            if not job.finished:
                self._library.save(trace)
        return traces

    def _end(self, job: Job, state: State, event: events.Event) -> None:
        if job.finished:
            return
        job.end(state, event.name, to_text(event))
        self._metrics.jobs.labels(outcome=state).inc()
        asyncio.get_running_loop().call_later(self._linger, self._forget, job)

    def _forget(self, job: Job) -> None:
        if self._jobs.get(job.id) is job:
            del self._jobs[job.id]

    def _retry_after(self) -> int:
        """Seconds until the queue has moved up by one, as far as can be told."""
        return max(1, min(600, math.ceil(self._batch_seconds / self._concurrency)))


def _status(model: Model) -> ModelStatus:
    import torch

    return ModelStatus(
        "ready", model.card.to_wire(), device=str(model.pipeline.device), threads=torch.get_num_threads()
    )
