"""A copy of the model on a machine of a Ray cluster, as Ray Serve runs it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any

from diffusion_explainer.engine.event_log import WorkerEvent
from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.bundle_store import BundleStore

from .local import load_model_of, status
from .shared_model import SharedModel

NAME = "Replica"
_LOOK_BACK = 15.0  # seconds of load that decide how many replicas there are; Ray requires more than ten


class Replica:
    """Generates and stores traces. It is ready once it is constructed."""

    def __init__(self, settings: Settings) -> None:
        self._model = load_model_of(settings)
        self._shared = SharedModel(self._model, BundleStore(settings.store).save, settings.batch_limit)

    def describe(self) -> ModelStatus:
        """What is loaded."""
        return status(self._model)

    def num_steps(self, scheduler: str, steps: int) -> int:
        """How many steps a trace has where a request asks for `steps` of them."""
        return self._model.num_steps(scheduler, steps)

    async def generate(self, request: TraceRequest) -> AsyncGenerator[WorkerEvent]:
        """The events of the request, whose calls are shared with others' runs."""
        async with contextlib.aclosing(streamed(self._shared, request)) as stream:
            async for event in stream:
                yield event


async def streamed(shared: SharedModel, request: TraceRequest) -> AsyncGenerator[WorkerEvent]:
    """The events of a request. Closed early, its run ends after the step it is at."""
    reported: asyncio.Queue[WorkerEvent | None] = asyncio.Queue()
    task = asyncio.create_task(shared.generate(request, reported.put_nowait, lambda: False))
    task.add_done_callback(lambda _: reported.put_nowait(None))
    try:
        while event := await reported.get():
            yield event
        await task
    finally:
        task.cancel()


def deployment(settings: Settings) -> Any:
    """Replicas as the settings say: how many, on what, sharing which GPU."""
    from ray import serve

    return serve.deployment(
        Replica,
        name=NAME,
        ray_actor_options={"num_cpus": settings.ray_cpus, "num_gpus": settings.ray_gpus},
        max_ongoing_requests=2 * settings.batch_limit,  # those who wait take a place as soon as it is free
        autoscaling_config={
            "min_replicas": settings.ray_min_replicas,
            "max_replicas": max(settings.ray_min_replicas, settings.ray_max_replicas),
            "target_ongoing_requests": max(1, settings.batch_limit / 2),
            "upscale_delay_s": 0,
            "downscale_delay_s": settings.ray_idle_seconds,
            "look_back_period_s": _LOOK_BACK,
        },
    ).bind(settings)
