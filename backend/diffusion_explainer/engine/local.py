"""Draws in this process, on threads, one batch at a time on each copy of the model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from diffusion_explainer import errors, events, problems
from diffusion_explainer.request import TraceRequest
from diffusion_explainer.trace import Trace

from .maker import Report, Stopped
from .news import News, news_of
from .protocol import ModelStatus
from .thread import in_thread

if TYPE_CHECKING:
    from diffusion_explainer.models import Model

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
        return await in_thread(lambda: _status(self._models[0]))

    async def close(self) -> None:
        """Nothing to let go of: the process ends."""

    async def rows(self, scheduler: str, steps: int) -> int:
        return await in_thread(lambda: self._models[0].rows(scheduler, steps))

    async def make(self, requests: Sequence[TraceRequest], report: Report, stopped: Stopped) -> None:
        loop, model = asyncio.get_running_loop(), self._idle.pop()

        def tell(news: News) -> None:
            loop.call_soon_threadsafe(report, news)

        try:
            await in_thread(lambda: _draw(model, requests, self._save, tell, stopped))
        finally:
            self._idle.append(model)


def _draw(
    model: Model, requests: Sequence[TraceRequest], save: Callable[[Trace], None], report: Report, stopped: Stopped
) -> None:
    """Blocks until the batch is stored; never raises, what went wrong is news too.

    A member that is not wanted ends after the step it is at, the batch goes on while any of it is wanted.
    """
    from diffusion_explainer.generate import generate_together  # imports torch: not before there is something to draw

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
            end(member, events.Failed(problems.problem_of(error)))


def _status(model: Model) -> ModelStatus:
    import torch

    return ModelStatus(
        "ready", model.card.to_wire(), device=str(model.pipeline.device), threads=torch.get_num_threads()
    )
