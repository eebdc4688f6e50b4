"""The worker in this process: copies of the model, each on a thread of its own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.engine.threads import in_thread
from diffusion_explainer.requests.batches import LARGEST_BATCH
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.settings import Settings
from diffusion_explainer.traces.trace import Trace

from .protocol import OnEvent, Stopped
from .shared_model import SharedModel

if TYPE_CHECKING:
    from diffusion_explainer.tracing.models import Model


class LocalWorker:
    """`load` returns a model; it is called once for each of the `copies`. `save` stores a trace.

    `batch_limit` runs share the calls of a copy; `on_call` is told how many did.
    """

    def __init__(
        self,
        load: Callable[[], Model],
        save: Callable[[Trace], None],
        copies: int = 1,
        batch_limit: int = LARGEST_BATCH,
        on_call: Callable[[int], None] = lambda runs: None,
    ) -> None:
        self.capacity = copies * batch_limit
        self._load, self._copies = load, copies
        self._shared = functools.partial(SharedModel, save=save, limit=batch_limit, on_call=on_call)
        self._models: list[SharedModel] = []

    async def open(self) -> ModelStatus:
        loaded = [await in_thread(self._load) for _ in range(self._copies)]
        self._models = [self._shared(model) for model in loaded]
        return await in_thread(lambda: status(loaded[0]))

    async def close(self) -> None:
        for model in self._models:
            model.close()

    async def num_steps(self, scheduler: str, steps: int) -> int:
        return await in_thread(lambda: self._models[0].model.num_steps(scheduler, steps))

    async def generate(self, request: TraceRequest, on_event: OnEvent, stopped: Stopped) -> None:
        emptiest = min(self._models, key=lambda model: model.runs)
        await emptiest.generate(request, on_event, stopped)


def load_model_of(settings: Settings) -> Model:
    """Loads the model and generates one step with it, so that the first request need not wait for the warm-up.

    Raises ModelNotFound or UnsupportedModel.
    """
    import torch

    from diffusion_explainer.tracing.generate import generate
    from diffusion_explainer.tracing.models import load_model

    if settings.threads:
        torch.set_num_threads(settings.threads)
    model = load_model(settings.model, None if settings.device == "auto" else settings.device)
    generate(model, TraceRequest(prompt="warming up", steps=1))
    return model


def status(model: Model) -> ModelStatus:
    """What is loaded, and on what device it runs."""
    import torch

    return ModelStatus(
        "ready", model.card.to_wire(), device=str(model.pipeline.device), threads=torch.get_num_threads()
    )
