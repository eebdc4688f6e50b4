"""One generation under way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal, cast

from diffusion_explainer.requests.request import TraceRequest

from .event_log import EventLog, WorkerEvent
from .shares import Shares

State = Literal["queued", "running", "done", "failed", "cancelled"]


class Job(EventLog):
    """A generation and the events that it has reported so far.

    `position`: its place in the queue, 0 once it runs; `reported_position`: the last that its readers were told.
    Jobs of one `submission` take one place of those that the queue is limited to. `begun_at`: when a worker started
    it, in seconds of time.monotonic(). `stop` is set to end it, from any thread; `on_unwanted` is called when its last
    share ends.
    """

    def __init__(
        self, trace_id: str, request: TraceRequest, on_unwanted: Callable[[Job], None], submission: object = None
    ) -> None:
        super().__init__()
        self.submission, self.begun_at = submission, cast(float | None, None)
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
