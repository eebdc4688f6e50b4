"""One generation under way, and the batch that it is in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Literal, cast

from diffusion_explainer.requests.request import TraceRequest

from .event_log import EventLog, WorkerEvent
from .shares import Shares

State = Literal["queued", "running", "done", "failed", "cancelled"]


class Job(EventLog):
    """A generation and the events that it has reported so far.

    `position`: how many batches start before it, 0 once it runs; `reported_position`: the last that its readers were
    told. `stop` is set to end it, from any thread; `on_unwanted` is called when its last share ends.
    """

    def __init__(self, trace_id: str, request: TraceRequest, on_unwanted: Callable[[Job], None]) -> None:
        super().__init__()
        self.shares = Shares(lambda: on_unwanted(self))
        self.id, self.request = trace_id, request
        self.state: State = "queued"
        self.position = 0
        self.reported_position: int | None = None
        self.stop = threading.Event()

    @property
    def active(self) -> bool:
        """Waiting or running, and not stopped."""
        return not self.finished and not self.stop.is_set()

    def end(self, event: WorkerEvent) -> None:
        """Appends the last event, whose name is the state of the job from now on."""
        self.state = cast(State, event.name)
        self.shares.close()
        super().end(event)


class Batch:
    """Jobs that one pipeline call can run. Batches of the same `submission` take one place in the queue.

    `begun_at`: when a worker started it, in seconds of time.monotonic().
    """

    def __init__(self, jobs: Iterable[Job], submission: object) -> None:
        self.jobs, self.submission = list(jobs), submission
        self.begun_at: float | None = None

    @property
    def begun(self) -> bool:
        return self.begun_at is not None

    def stopped(self, member: int) -> bool:
        """Whether that job is to end. From any thread."""
        return self.jobs[member].stop.is_set()

    def all_stopped(self) -> bool:
        """Whether every job is to end."""
        return all(job.stop.is_set() for job in self.jobs)
