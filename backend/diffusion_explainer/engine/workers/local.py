"""The worker in this process: generates on threads, one batch at a time on each copy of the model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from diffusion_explainer import errors
from diffusion_explainer.engine import problem_details
from diffusion_explainer.engine.event_log import WorkerEvent
from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.engine.threads import in_thread
from diffusion_explainer.requests.batches import LARGEST_BATCH
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.settings import Settings
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing import events

from .batching import Batcher
from .protocol import OnEvent, Stopped

if TYPE_CHECKING:
    from diffusion_explainer.tracing.models import Model

logger = logging.getLogger(__name__)


class LocalWorker:
    """`load` returns a model; it is called once for each of the `slots`. `save` stores a trace.

    `on_batch` is told how many runs share a call of the pipeline.
    """

    def __init__(
        self,
        load: Callable[[], Model],
        save: Callable[[Trace], None],
        slots: int = 1,
        batch_limit: int = LARGEST_BATCH,
        on_batch: Callable[[int], None] = lambda runs: None,
    ) -> None:
        self.slots, self.batch_limit = slots, batch_limit
        self._load, self._save, self._on_batch = load, save, on_batch
        self._models: list[Model] = []
        self._idle: list[Model] = []
        self._batcher = Batcher(self._run, batch_limit, slots)

    async def open(self) -> ModelStatus:
        self._models = [await in_thread(self._load) for _ in range(self.slots)]
        self._idle = list(self._models)
        return await in_thread(lambda: status(self._models[0]))

    async def close(self) -> None:
        """Nothing to release: the process ends."""

    async def num_steps(self, scheduler: str, steps: int) -> int:
        return await in_thread(lambda: self._models[0].num_steps(scheduler, steps))

    async def generate(self, requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped) -> None:
        await self._batcher.generate(requests, on_event, stopped)

    async def _run(self, requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped) -> None:
        self._on_batch(len(requests))
        model = self._idle.pop()
        try:
            await run_batch(model, self._save, requests, on_event, stopped)
        finally:
            self._idle.append(model)


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


async def run_batch(
    model: Model, save: Callable[[Trace], None], requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped
) -> None:
    """Generates the batch on a thread and saves each trace. Does not raise: an error is a `failed` event."""
    loop = asyncio.get_running_loop()

    def on_event_in_loop(event: WorkerEvent) -> None:
        loop.call_soon_threadsafe(on_event, event)

    await in_thread(lambda: _run_batch(model, save, requests, on_event_in_loop, stopped))


def _run_batch(
    model: Model, save: Callable[[Trace], None], requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped
) -> None:
    """A member that is stopped ends after the step it is at; the batch ends when all are."""
    from diffusion_explainer.tracing.generate import generate_batch  # imports torch

    running = set(range(len(requests)))

    def report(member: int, event: events.Event) -> None:
        if member in running:
            on_event(WorkerEvent.of(event, member))
            if isinstance(event, events.StepDone) and stopped(member):
                end(member, events.Cancelled(step=event.step.step + 1))

    def end(member: int, event: events.Event) -> None:
        running.discard(member)
        on_event(WorkerEvent.of(event, member))

    try:
        traces = generate_batch(model, requests, report, lambda: all(map(stopped, running)))
        for member in sorted(running):
            save(traces[member])
            end(member, events.Done(id=traces[member].id, seconds=traces[member].seconds))
    except errors.Cancelled as cancelled:
        for member in sorted(running):
            end(member, events.Cancelled(step=cancelled.step))
    except Exception as error:
        logger.error("A batch failed.", exc_info=error)
        for member in sorted(running):
            end(member, events.Failed(problem_details.problem_of(error)))
