"""Copies of the model on the machines of a Ray cluster, as Ray Serve runs them."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import AsyncIterator, Sequence
from typing import Any

from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.bundle_store import BundleStore

from .batching import Coalescer
from .events import News
from .local import draw, load_model_of, status

NAME = "Replica"
_LOOK_BACK = 15.0  # seconds of load that decide how many replicas there are; Ray asks for more than ten


class Replica:
    """Draws what it is asked for, and stores it. It is ready once it is made."""

    def __init__(self, settings: Settings) -> None:
        self._model = load_model_of(settings)
        save = BundleStore(settings.store).save
        self._coalescer = Coalescer(functools.partial(draw, self._model, save), settings.batch_limit)

    def describe(self) -> ModelStatus:
        """What is loaded."""
        return status(self._model)

    def rows(self, scheduler: str, steps: int) -> int:
        """How many rows a trace of `steps` steps has."""
        return self._model.rows(scheduler, steps)

    async def draw(self, requests: Sequence[TraceRequest]) -> AsyncIterator[News]:
        """What happens to the requests, up to the last news of each; they may share a batch with others' requests."""
        async with contextlib.aclosing(self._coalescer.draw(requests)) as told:
            async for news in told:
                yield news


def deployment(settings: Settings) -> Any:
    """Replicas as the settings want them: how many, on what, sharing which GPU."""
    from ray import serve

    return serve.deployment(
        Replica,
        name=NAME,
        ray_actor_options={"num_cpus": settings.ray_cpus, "num_gpus": settings.ray_gpus},
        max_ongoing_requests=2 * settings.batch_limit,  # one batch is drawn while the next one gathers
        autoscaling_config={
            "min_replicas": settings.ray_min_replicas,
            "max_replicas": max(settings.ray_min_replicas, settings.ray_max_replicas),
            "target_ongoing_requests": max(1, settings.batch_limit / 2),
            "upscale_delay_s": 0,
            "downscale_delay_s": settings.ray_idle_seconds,
            "look_back_period_s": _LOOK_BACK,
        },
    ).bind(settings)
