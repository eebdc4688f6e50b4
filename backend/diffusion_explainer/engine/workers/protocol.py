"""What an engine asks of a worker: this process, or a cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from diffusion_explainer.engine.event_log import WorkerEvent
from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.requests.request import TraceRequest

OnEvent: TypeAlias = Callable[[WorkerEvent], None]
Stopped: TypeAlias = Callable[[], bool]


class Worker(Protocol):
    """Generates runs. All methods are called on the event loop's thread, and `on_event` is called there."""

    @property
    def capacity(self) -> int:
        """How many runs it generates at a time; more wait in its own queue."""

    async def open(self) -> ModelStatus:
        """Loads the model. Raises what went wrong."""

    async def close(self) -> None:
        """Releases the model."""

    async def num_steps(self, scheduler: str, steps: int) -> int:
        """How many steps a trace has where a request asks for `steps` of them."""

    async def generate(self, request: TraceRequest, on_event: OnEvent, stopped: Stopped) -> None:
        """Generates and stores a trace; its UNet calls are shared with others' runs.

        The first event of a run that starts is `queued` with position 0. The last one is done, failed or cancelled;
        the latter soon after `stopped()`, which may be called from any thread, and none if it is stopped before it
        starts. When this is cancelled, the run ends without events.
        Raises only if it cannot tell what became of the run: ReplicaLost, or what Ray raises.
        """
