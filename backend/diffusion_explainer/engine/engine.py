"""The engine that draws: jobs, a bounded queue, batches for its maker, events for all who follow."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Sequence

from diffusion_explainer import errors
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.library import Library
from diffusion_explainer.tracing import events, experiments

from . import problem_details
from .batch import Batch
from .jobs import Job, State
from .metrics import Metrics
from .protocol import ModelStatus, Ticket
from .workers.events import News, news_of
from .workers.protocol import Maker

logger = logging.getLogger(__name__)

_PATIENCE = 60.0  # seconds that a request waits for a model that is loading
_MODEL_RETRY = 2  # seconds after which it may be put again, to wait as long
_FAREWELL = 10.0  # seconds that closing waits for the steps under way
_ENDS: dict[str, State] = {"done": "done", "failed": "failed", "cancelled": "cancelled"}  # event → state of its job


class DrawingEngine:
    """`maker` draws what the `library` does not have.

    A batch has at most `batch_limit` jobs. At most `queue_limit` submissions wait. A job that ended can be
    followed for `linger` seconds more.
    """

    def __init__(
        self,
        maker: Maker,
        library: Library,
        metrics: Metrics,
        *,
        batch_limit: int = experiments.LARGEST_BATCH,
        queue_limit: int = 16,
        linger: float = 60.0,
    ) -> None:
        self.model = ModelStatus("loading")
        self._maker, self._library, self._metrics = maker, library, metrics
        self._batch_limit, self._queue_limit, self._linger = batch_limit, queue_limit, linger
        self._loaded = asyncio.Event()
        self._knocking = 0  # requests that wait for the model
        self._batches: list[Batch] = []  # waiting or under way, oldest first
        self._making: dict[Batch, asyncio.Task[None]] = {}  # those that the maker has
        self._jobs: dict[str, Job] = {}
        self._batch_seconds = 5.0  # of late
        self._loading: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Starts loading the model; does not wait for it."""
        self._loading = asyncio.create_task(self._load())

    async def close(self) -> None:
        """Stops every job, and waits for the steps under way."""
        if self._loading:
            self._loading.cancel()
        for job in [job for batch in self._batches for job in batch.jobs]:
            self._stop(job)
        if self._making:
            await asyncio.wait(self._making.values(), timeout=_FAREWELL)
        await self._maker.close()

    async def submit(self, request: TraceRequest) -> Ticket:
        """Stored, joined or queued. Raises QueueFull or ModelUnavailable."""
        return (await self.submit_together([request]))[0]

    async def submit_together(self, requests: Sequence[TraceRequest]) -> list[Ticket]:
        """The same for several: those that are new share batches. Raises before it takes any, or takes all."""
        fingerprint = await self._fingerprint()
        wanted = {request.id_for(fingerprint): request for request in requests}
        await self._check_rows(requests)
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
        for batch in [batch for batch in self._batches if job in batch.jobs and not batch.begun]:
            self._end(job, news_of(0, events.Cancelled(step=0)))
            if batch.unwanted():
                self._drop(batch)

    def _drop(self, batch: Batch) -> None:
        self._batches.remove(batch)
        if batch in self._making:
            self._making[batch].cancel()

    def _under_way(self, trace_id: str) -> bool:
        job = self._jobs.get(trace_id)
        return job is not None and job.active

    def _ticket(self, trace_id: str) -> Ticket:
        job = self._jobs.get(trace_id)
        if job is None or not job.active:
            return Ticket(trace_id, "done")
        return Ticket(trace_id, "running" if job.state == "running" else "queued", job.position)

    async def _check_rows(self, requests: Sequence[TraceRequest]) -> None:
        for request in requests:
            if request.branched_from:
                request.check_rows(await self._maker.rows(request.scheduler, request.steps))

    async def _load(self) -> None:
        try:
            self.model = await self._maker.open()
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
        if self._knocking >= self._queue_limit + self._maker.places:
            raise errors.QueueFull(self._queue_limit, self._retry_after())
        self._knocking += 1
        try:
            await asyncio.wait_for(self._loaded.wait(), _PATIENCE)
        except TimeoutError:
            raise errors.ModelUnavailable("The model is still loading.", retry_after=_MODEL_RETRY) from None
        finally:
            self._knocking -= 1

    def _enqueue(self, jobs: Sequence[Job]) -> None:
        if not jobs:
            return
        waiting = len({batch.submission for batch in self._waiting()})
        free = self._maker.places - len(self._begun())
        if waiting + 1 - free > self._queue_limit:
            raise errors.QueueFull(self._queue_limit, self._retry_after())
        submission, by_request = object(), {job.request: job for job in jobs}
        for batch in experiments.batches(list(by_request), self._batch_limit):
            self._batches.append(Batch((by_request[request] for request in batch), submission))
        self._jobs.update({job.id: job for job in jobs})
        self._dispatch()

    def _waiting(self) -> list[Batch]:
        return [batch for batch in self._batches if not batch.begun]

    def _begun(self) -> list[Batch]:
        return [batch for batch in self._batches if batch.begun]

    def _dispatch(self) -> None:
        """Hands over what the maker can take, and tells the others where they stand."""
        for batch in self._waiting():
            if batch not in self._making and (self._maker.queues or len(self._making) < self._maker.places):
                batch.jobs = [job for job in batch.jobs if not job.finished]
                self._making[batch] = asyncio.create_task(self._make(batch))
                self._making[batch].add_done_callback(lambda made, batch=batch: self._let_go(batch))  # type: ignore[misc]
                if not self._maker.queues:
                    self._begin(batch)
        for place, batch in enumerate(self._waiting()):
            for job in batch.jobs:
                self._move_to(job, place + 1)
        self._metrics.waiting.set(sum(len(batch.jobs) for batch in self._waiting()))
        self._metrics.running.set(sum(len(batch.jobs) for batch in self._begun()))

    def _begin(self, batch: Batch) -> None:
        batch.begun = True
        for job in batch.jobs:
            if not job.finished:
                self._move_to(job, 0)
                job.state = "running"

    def _move_to(self, job: Job, position: int) -> None:
        if job.position != position and not job.finished:
            job.position = position
            job.add(events.Queued.name, news_of(0, events.Queued(position)).text)

    async def _make(self, batch: Batch) -> None:
        started = time.monotonic()

        def report(news: News) -> None:
            if not batch.begun:
                self._begin(batch)
                self._dispatch()
            self._tell(batch.jobs[news.member], news)

        try:
            await self._maker.make([job.request for job in batch.jobs], report, batch.stopped)
            self._batch_seconds += 0.3 * (time.monotonic() - started - self._batch_seconds)
        except Exception as error:
            logger.error("Job %s failed.", " ".join(job.id for job in batch.jobs), exc_info=error)
            for job in batch.jobs:
                self._end(job, news_of(0, events.Failed(problem_details.problem_of(error))))

    def _let_go(self, batch: Batch) -> None:
        """Called when its task has ended, even one that was cancelled before it began."""
        del self._making[batch]
        if batch in self._batches:
            self._batches.remove(batch)
        self._dispatch()

    def _tell(self, job: Job, news: News) -> None:
        if job.finished:
            return
        if news.name in _ENDS:
            self._end(job, news)
            return
        job.add(news.name, news.text)
        if news.name == events.StepDone.name and news.member == 0:
            self._metrics.step_seconds.observe(news.seconds)

    def _end(self, job: Job, news: News) -> None:
        if job.finished:
            return
        job.end(_ENDS[news.name], news.name, news.text)
        self._metrics.jobs.labels(outcome=job.state).inc()
        if news.name == events.Done.name:
            self._metrics.trace_seconds.observe(news.seconds)
        asyncio.get_running_loop().call_later(self._linger, self._forget, job)

    def _forget(self, job: Job) -> None:
        if self._jobs.get(job.id) is job:
            del self._jobs[job.id]

    def _retry_after(self) -> int:
        """Seconds until the queue has moved up by one, as far as can be told."""
        return max(1, min(600, math.ceil(self._batch_seconds / self._maker.places)))
