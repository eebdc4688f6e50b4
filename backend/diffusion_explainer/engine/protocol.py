"""What the server asks of an engine, whatever runs the generations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from diffusion_explainer.requests.request import TraceRequest

from .jobs import Job


@dataclass(frozen=True)
class ModelStatus:
    """Whether a model is loaded. `card`: its ModelCard in wire form; `detail`: why there is none."""

    status: Literal["loading", "ready", "failed", "replay"]
    card: dict[str, Any] | None = None
    detail: str | None = None
    device: str | None = None
    threads: int | None = None


@dataclass(frozen=True)
class Ticket:
    """The answer to a request: its trace is stored already, or a job is queued at `position`.

    `share`: the client's, of a job; the same for requests that were submitted together.
    """

    id: str
    status: Literal["queued", "running", "done"]
    position: int = 0
    share: str | None = None


class Engine(Protocol):
    """Runs generations. All methods are called on the event loop's thread."""

    @property
    def model(self) -> ModelStatus:
        """What is loaded."""

    async def open(self) -> None:
        """Starts to load the model; does not wait for it."""

    async def close(self) -> None:
        """Stops every job."""

    async def loaded(self) -> ModelStatus:
        """What is loaded, once it is. Raises QueueFull or ModelUnavailable."""

    async def submit(self, request: TraceRequest) -> Ticket:
        """Takes a request: one that is stored is done, one that is under way is joined, any other is queued.

        Waits for the model if it is loading. Raises InvalidRequest for a branch after the last step, QueueFull or
        ModelUnavailable.
        """

    async def submit_together(self, requests: Sequence[TraceRequest]) -> list[Ticket]:
        """Takes several requests, and returns their tickets in order; those that are new share UNet calls.

        Takes all or none; they have one place in the queue. Raises as `submit` does.
        """

    def job(self, trace_id: str) -> Job | None:
        """The job of that trace: under way, or ended recently."""

    def release(self, trace_id: str, share: str) -> None:
        """Ends a client's share of that job, which stops if it was the last; no effect if there is none."""

    def cancel(self, trace_id: str) -> None:
        """Stops that job and no other, for a client that names no share.

        Raises TraceNotFound if there is none, RunEnded if it has ended, RunShared if another client follows it.
        """
