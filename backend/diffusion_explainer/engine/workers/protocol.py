"""What an engine asks of whatever draws for it: this process, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.requests.request import TraceRequest

from .events import News

Report: TypeAlias = Callable[[News], None]
Stopped: TypeAlias = Callable[[int], bool]


class Maker(Protocol):
    """Draws batches. All methods are called on the event loop's thread, and `report` is called there."""

    @property
    def places(self) -> int:
        """How many batches it draws at a time."""

    @property
    def queues(self) -> bool:
        """Whether batches wait at the maker: it gets each at once, and one has begun when there is news of it."""

    async def open(self) -> ModelStatus:
        """Loads the model. Raises what went wrong."""

    async def close(self) -> None:
        """Lets go of the model."""

    async def rows(self, scheduler: str, steps: int) -> int:
        """How many rows a trace of `steps` steps has."""

    async def make(self, requests: Sequence[TraceRequest], report: Report, stopped: Stopped) -> None:
        """Draws the requests in one batch and stores their traces.

        The last news of each member is done, failed or cancelled; the latter soon after `stopped(member)`, which
        may be asked from any thread. Cancelled itself, it ends the batch without a word. Raises only when it
        cannot tell what became of the batch.
        """
