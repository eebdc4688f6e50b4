"""What an engine asks of a worker: this process, or a cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from diffusion_explainer.engine.event_log import WorkerEvent
from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.requests.request import TraceRequest

OnEvent: TypeAlias = Callable[[WorkerEvent], None]
Stopped: TypeAlias = Callable[[int], bool]


class Worker(Protocol):
    """Generates batches. All methods are called on the event loop's thread, and `on_event` is called there."""

    @property
    def slots(self) -> int:
        """How many batches it generates at a time; more wait in its own queue."""

    @property
    def batch_limit(self) -> int:
        """How many requests a batch may have."""

    async def open(self) -> ModelStatus:
        """Loads the model. Raises what went wrong."""

    async def close(self) -> None:
        """Releases the model."""

    async def num_steps(self, scheduler: str, steps: int) -> int:
        """How many steps a trace has where a request asks for `steps` of them."""

    async def generate(self, requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped) -> None:
        """Generates and stores a trace of each request, in one batch, perhaps with others' requests.

        The first event of a batch that starts is `queued` with position 0. The last one of each member is done,
        failed or cancelled; the latter soon after `stopped(member)`, which may be called from any thread, and none
        if the member is stopped before the batch starts. When this is cancelled, the batch ends without events.
        Raises only if it cannot tell what became of the batch: ReplicaLost, or what Ray raises.
        """
