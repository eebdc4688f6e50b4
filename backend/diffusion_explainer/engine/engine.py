"""The engine with a model: jobs in a bounded queue, with events for all who follow."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import Mapping, Sequence

from diffusion_explainer import errors
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.library import Library
from diffusion_explainer.tracing import events

from . import problem_details
from .event_log import LAST_EVENTS, EndedLogs, WorkerEvent
from .jobs import Job
from .metrics import Metrics
from .protocol import ModelStatus, Ticket
from .shares import new_share
from .workers.protocol import Worker

logger = logging.getLogger(__name__)

_LOAD_TIMEOUT = 60.0  # seconds that a request waits for a model that is loading
_LOAD_RETRY = 2  # seconds after which the client may ask again, and wait as long
_SHUTDOWN_TIMEOUT = 10.0  # seconds that closing waits for the steps under way
_NEAR = 8  # a job that so many go before is told each change of its position
_ENDED_LOGS = 2**26  # characters of events of jobs that have ended


class LiveEngine:
    """`worker` generates what the `library` does not have.

    At most `queue_limit` submissions wait. A job that ended can be followed for `ttl` seconds more; beyond
    `ended_logs` characters of events, the oldest that ended tell only how.
    """

    def __init__(
        self,
        worker: Worker,
        library: Library,
        metrics: Metrics,
        *,
        queue_limit: int = 16,
        ttl: float = 60.0,
        ended_logs: int = _ENDED_LOGS,
    ) -> None:
        self.model = ModelStatus("loading")
        self._worker, self._library, self._metrics = worker, library, metrics
        self._queue_limit, self._ttl = queue_limit, ttl
        self._loaded = asyncio.Event()
        self._waiting_requests = 0  # for the model
        self._tasks: dict[Job, asyncio.Task[None]] = {}  # waiting or under way, oldest first
        self._jobs: dict[str, Job] = {}
        self._ended = EndedLogs(ended_logs)
        self._run_seconds = 5.0  # moving average
        self._loading: asyncio.Task[None] | None = None
        metrics.shares.set_function(lambda: sum(len(job.shares) for job in self._jobs.values()))

    async def open(self) -> None:
        self._loading = asyncio.create_task(self._load())

    async def close(self) -> None:
        """Stops every job, and waits for the steps under way."""
        if self._loading:
            self._loading.cancel()
        running = list(self._tasks.values())
        for job in list(self._tasks):
            self._stop(job)
        if running:
            await asyncio.wait(running, timeout=_SHUTDOWN_TIMEOUT)
        await self._worker.close()

    async def loaded(self) -> ModelStatus:
        if not self._loaded.is_set():
            await self._wait_for_model()
        if self.model.card is None:
            raise errors.ModelUnavailable(f"The model could not be loaded: {self.model.detail}")
        return self.model

    async def submit(self, request: TraceRequest) -> Ticket:
        return (await self.submit_together([request]))[0]

    async def submit_together(self, requests: Sequence[TraceRequest]) -> list[Ticket]:
        model = await self.loaded()
        assert model.card is not None
        fingerprint = str(model.card["fingerprint"])
        wanted = {request.id_for(fingerprint): request for request in requests}
        await self._check_branches(requests)
        earlier = {trace_id: job for trace_id in wanted if (job := self._jobs.get(trace_id)) and job.finished}
        stored = await asyncio.to_thread(lambda: {trace_id for trace_id in wanted if self._library.has(trace_id)})
        stored |= {trace_id for trace_id in wanted if self._stored_since(trace_id, earlier)}
        new = [trace_id for trace_id in wanted if trace_id not in stored and not self._under_way(trace_id)]
        submission = object()
        self._enqueue([Job(trace_id, wanted[trace_id], self._stop, submission) for trace_id in new])
        share = new_share()
        for trace_id in filter(self._under_way, wanted):
            self._jobs[trace_id].shares.begin(share)
        await asyncio.sleep(0)  # a worker with a free slot begins, and the tickets say so
        self._update_positions()
        return [self._ticket(request.id_for(fingerprint), share) for request in requests]

    def job(self, trace_id: str) -> Job | None:
        return self._jobs.get(trace_id)

    def release(self, trace_id: str, share: str) -> None:
        job = self._jobs.get(trace_id)
        if job is not None:
            job.shares.end(share)

    def cancel(self, trace_id: str) -> None:
        job = self._jobs.get(trace_id)
        if job is None:
            raise errors.TraceNotFound(trace_id)
        if job.finished:
            raise errors.RunEnded(trace_id)
        job.shares.end_unnamed()

    async def _load(self) -> None:
        try:
            self.model = await self._worker.open()
        except Exception as error:
            logger.error("The model could not be loaded: %s", error)
            self.model = ModelStatus("failed", detail=str(error))
        self._loaded.set()

    async def _wait_for_model(self) -> None:
        if self._waiting_requests >= self._queue_limit + self._worker.capacity:
            raise errors.QueueFull(self._queue_limit, self._retry_after())
        self._waiting_requests += 1
        try:
            await asyncio.wait_for(self._loaded.wait(), _LOAD_TIMEOUT)
        except TimeoutError:
            raise errors.ModelUnavailable("The model is still loading.", retry_after=_LOAD_RETRY) from None
        finally:
            self._waiting_requests -= 1

    async def _check_branches(self, requests: Sequence[TraceRequest]) -> None:
        for request in requests:
            if request.branched_from:
                request.check_num_steps(await self._worker.num_steps(request.scheduler, request.steps))

    def _under_way(self, trace_id: str) -> bool:
        job = self._jobs.get(trace_id)
        return job is not None and job.active

    def _stored_since(self, trace_id: str, earlier: Mapping[str, Job]) -> bool:
        """Whether a job stored the trace while somebody looked for it; `earlier`: those that had ended before."""
        job = self._jobs.get(trace_id)
        return job is not None and job.state == "done" and job is not earlier.get(trace_id)

    def _ticket(self, trace_id: str, share: str) -> Ticket:
        job = self._jobs.get(trace_id)
        if job is None or not job.active:
            return Ticket(trace_id, "done")
        return Ticket(trace_id, "running" if job.state == "running" else "queued", job.position, share)

    def _enqueue(self, jobs: Sequence[Job]) -> None:
        if not jobs:
            return
        free = self._worker.capacity - len(self._begun())
        waiting = len({job.submission for job in self._waiting()[max(0, free) :]})
        if len(self._waiting()) >= free and waiting + 1 > self._queue_limit:
            raise errors.QueueFull(self._queue_limit, self._retry_after())
        for job in jobs:
            self._jobs[job.id] = job
            self._start(job)

    def _start(self, job: Job) -> None:
        self._tasks[job] = asyncio.create_task(self._run(job))
        self._tasks[job].add_done_callback(lambda _: self._remove(job))

    async def _run(self, job: Job) -> None:
        def on_event(event: WorkerEvent) -> None:
            self._on_event(job, event)

        try:
            await self._worker.generate(job.request, on_event, job.stop.is_set)
            if job.begun_at is not None:
                self._run_seconds += 0.3 * (time.monotonic() - job.begun_at - self._run_seconds)
        except Exception as error:
            logger.error("Job %s failed.", job.id, exc_info=error)
            self._end(job, WorkerEvent.of(events.Failed(problem_details.problem_of(error))))

    def _remove(self, job: Job) -> None:
        """Called when the task of the job has ended, even one that was cancelled before it began."""
        self._tasks.pop(job, None)
        self._update_positions()

    def _stop(self, job: Job) -> None:
        job.stop.set()  # one that runs ends after the step it is at
        if job in self._waiting():
            self._end(job, WorkerEvent.of(events.Cancelled(step=0)))
            self._tasks.pop(job).cancel()
        self._update_positions()

    def _waiting(self) -> list[Job]:
        return [job for job in self._tasks if job.begun_at is None]

    def _begun(self) -> list[Job]:
        return [job for job in self._tasks if job.begun_at is not None]

    def _update_positions(self) -> None:
        for index, job in enumerate(self._waiting()):
            _move_to(job, index + 1)
        self._metrics.waiting.set(len(self._waiting()))
        self._metrics.running.set(sum(not job.finished for job in self._begun()))

    def _on_event(self, job: Job, event: WorkerEvent) -> None:
        if job.finished:
            return
        if job.begun_at is None:
            self._begin(job)
        if event.name == job.events[-1].name == events.Queued.name:  # reported already
            return
        if event.name in LAST_EVENTS:
            self._end(job, event)
            return
        job.add(event)
        if event.name == events.StepDone.name:
            self._metrics.step_seconds.observe(event.seconds)

    def _begin(self, job: Job) -> None:
        job.begun_at = time.monotonic()
        job.state = "running"
        _move_to(job, 0)
        asyncio.get_running_loop().call_soon(self._update_positions)  # once those that can begin too have begun

    def _end(self, job: Job, event: WorkerEvent) -> None:
        if job.finished:
            return
        job.end(event)
        self._ended.add(job)
        self._metrics.jobs.labels(outcome=job.state).inc()
        if event.name == events.Failed.name:
            self._metrics.failures.labels(kind=problem_details.kind_of(json.loads(event.text))).inc()
        if event.name == events.Done.name:
            self._metrics.trace_seconds.observe(event.seconds)
        asyncio.get_running_loop().call_later(self._ttl, self._forget, job)

    def _forget(self, job: Job) -> None:
        self._ended.forget(job)
        if self._jobs.get(job.id) is job:
            del self._jobs[job.id]

    def _retry_after(self) -> int:
        """Seconds until the queue has probably moved up by one, 1 to 600."""
        return max(1, min(600, math.ceil(self._run_seconds / self._worker.capacity)))


def _move_to(job: Job, position: int) -> None:
    """Reports the position of a job: near the front each, farther back only where it fell by a quarter.

    With hundreds of jobs, each of which is told of each change, a queue would report nothing else.
    """
    job.position = position
    if not job.finished and _is_news(position, job.reported_position):
        job.reported_position = position
        job.add(WorkerEvent.of(events.Queued(position)))


def _is_news(position: int, reported: int | None) -> bool:
    return reported is None or (position != reported and (position <= _NEAR or 4 * position <= 3 * reported))
