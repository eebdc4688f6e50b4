"""One generation under way, and everything it has reported so far."""

from __future__ import annotations

import threading
from typing import Literal

from diffusion_explainer.requests.request import TraceRequest

from .event_log import Log

State = Literal["queued", "running", "done", "failed", "cancelled"]


class Job(Log):
    """Followed by any number of readers.

    `position`: how many jobs end before it starts. `stop` is set to end it, from any thread.
    """

    def __init__(self, trace_id: str, request: TraceRequest) -> None:
        super().__init__()
        self.id, self.request = trace_id, request
        self.state: State = "queued"
        self.position = -1  # so that its first position is news
        self.stop = threading.Event()

    @property
    def active(self) -> bool:
        """Waiting or running, and nobody has stopped it."""
        return self.state in ("queued", "running") and not self.stop.is_set()

    @property
    def finished(self) -> bool:
        """Ended, in whatever way."""
        return self.state not in ("queued", "running")

    def end(self, state: State, name: str, text: str) -> None:
        """Appends the last event; `state` is the job's from now on."""
        self.state = state
        self.add(name, text)
