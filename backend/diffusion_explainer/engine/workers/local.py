"""Draws in this process, on threads, one batch at a time on each copy of the model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from diffusion_explainer import errors
from diffusion_explainer.engine import problem_details
from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.engine.threads import in_thread
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.settings import Settings
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing import events

from .events import News, news_of
from .protocol import Report, Stopped

if TYPE_CHECKING:
    from diffusion_explainer.tracing.models import Model

logger = logging.getLogger(__name__)


class LocalMaker:
    """`load` gives a model; it is called once for each of the `places`. `save` stores a trace."""

    queues = False

    def __init__(self, load: Callable[[], Model], save: Callable[[Trace], None], places: int = 1) -> None:
        self.places = places
        self._load, self._save = load, save
        self._models: list[Model] = []
        self._idle: list[Model] = []

    async def open(self) -> ModelStatus:
        self._models = [await in_thread(self._load) for _ in range(self.places)]
        self._idle = list(self._models)
        return await in_thread(lambda: status(self._models[0]))

    async def close(self) -> None:
        """Nothing to let go of: the process ends."""

    async def rows(self, scheduler: str, steps: int) -> int:
        return await in_thread(lambda: self._models[0].rows(scheduler, steps))

    async def make(self, requests: Sequence[TraceRequest], report: Report, stopped: Stopped) -> None:
        model = self._idle.pop()
        try:
            await draw(model, self._save, requests, report, stopped)
        finally:
            self._idle.append(model)


def load_model_of(settings: Settings) -> Model:
    """Loads the model and draws one step with it: what the first request would otherwise wait for."""
    import torch

    from diffusion_explainer.tracing.generate import generate
    from diffusion_explainer.tracing.models import load_model

    if settings.threads:
        torch.set_num_threads(settings.threads)
    model = load_model(settings.model, None if settings.device == "auto" else settings.device)
    generate(model, TraceRequest(prompt="warming up", steps=1))
    return model


def status(model: Model) -> ModelStatus:
    """What is loaded, and on what it runs."""
    import torch

    return ModelStatus(
        "ready", model.card.to_wire(), device=str(model.pipeline.device), threads=torch.get_num_threads()
    )


async def draw(
    model: Model, save: Callable[[Trace], None], requests: Sequence[TraceRequest], report: Report, stopped: Stopped
) -> None:
    """Draws the batch on a thread and saves each trace; never raises, what went wrong is news too."""
    loop = asyncio.get_running_loop()

    def tell(news: News) -> None:
        loop.call_soon_threadsafe(report, news)

    await in_thread(lambda: _draw(model, save, requests, tell, stopped))


def _draw(
    model: Model, save: Callable[[Trace], None], requests: Sequence[TraceRequest], report: Report, stopped: Stopped
) -> None:
    """A member that is not wanted ends after the step it is at, the batch goes on while any of it is wanted."""
    from diffusion_explainer.tracing.generate import (
        generate_together,  # imports torch: not before there is something to draw
    )

    going = set(range(len(requests)))

    def tell(member: int, event: events.Event) -> None:
        if member in going:
            report(news_of(member, event))
            if isinstance(event, events.StepDone) and stopped(member):
                end(member, events.Cancelled(step=event.step.step + 1))

    def end(member: int, event: events.Event) -> None:
        going.discard(member)
        report(news_of(member, event))

    try:
        traces = generate_together(model, requests, tell, lambda: all(map(stopped, going)))
        for member in sorted(going):
            save(traces[member])
            end(member, events.Done(id=traces[member].id, seconds=traces[member].seconds))
    except errors.Cancelled as cancelled:
        for member in sorted(going):
            end(member, events.Cancelled(step=cancelled.step))
    except Exception as error:
        logger.error("A batch failed.", exc_info=error)
        for member in sorted(going):
            end(member, events.Failed(problem_details.problem_of(error)))
