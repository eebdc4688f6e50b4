"""What the server asks of an engine, whoever runs the generations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from diffusion_explainer.requests.request import TraceRequest

from .jobs import Job


@dataclass(frozen=True)
class ModelStatus:
    """Is there a model to draw with? `card`: its ModelCard in wire form; `detail`: why there is none."""

    status: Literal["loading", "ready", "failed", "replay"]
    card: dict[str, Any] | None = None
    detail: str | None = None
    device: str | None = None
    threads: int | None = None


@dataclass(frozen=True)
class Ticket:
    """What became of a request: stored already, or a job with `position` others before it."""

    id: str
    status: Literal["queued", "running", "done"]
    position: int = 0


class Engine(Protocol):
    """Runs generations. All methods are called on the event loop's thread."""

    @property
    def model(self) -> ModelStatus:
        """What is loaded."""

    async def open(self) -> None:
        """Starts loading the model; does not wait for it."""

    async def close(self) -> None:
        """Stops every job."""

    async def submit(self, request: TraceRequest) -> Ticket:
        """Takes a request: one that is stored is done, one that is under way is joined, any other is queued.

        Waits for the model if it is loading. Raises QueueFull or ModelUnavailable.
        """

    async def submit_together(self, requests: Sequence[TraceRequest]) -> list[Ticket]:
        """Takes runs that belong together, and gives their tickets in order; what is new shares UNet calls.

        Takes all or none; they have one place in the queue. Raises as `submit` does.
        """

    def job(self, trace_id: str) -> Job | None:
        """The job that makes the trace, or made it a moment ago."""

    def cancel(self, trace_id: str) -> None:
        """Stops that job and no other. Raises TraceNotFound where none is under way."""
