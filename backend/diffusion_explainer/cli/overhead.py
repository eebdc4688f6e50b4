"""What watching costs: the stock pipeline's run, then the same one with ever more recorded, in turn on one model."""

from __future__ import annotations

import contextlib
import copy
import time
from collections.abc import Callable
from typing import Any

import torch

from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.tracing.capture import Capture
from diffusion_explainer.tracing.generate import generate
from diffusion_explainer.tracing.models import Model


class _NoMaps:
    """In place of the attention maps: nothing."""

    layers = ()

    def watching(self) -> contextlib.nullcontext[None]:
        return contextlib.nullcontext()

    def take(self, latent_shape: tuple[int, int]) -> list[None]:
        return [None]


def overheads(model: Model, request: TraceRequest, rounds: int) -> dict[str, list[float]]:
    """Seconds ÷ those of the stock run of the same round, by what is recorded."""
    ways: dict[str, Callable[[], object]] = {
        "steps": lambda: _draw(model, request, lambda pipeline: Capture(pipeline, maps=_NoMaps())),
        "steps and attention": lambda: _draw(model, request, Capture),
        "steps, attention and pictures": lambda: generate(model, request),
    }
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        stock = _seconds(lambda: _draw(model, request, contextlib.nullcontext))
        for name, way in ways.items():
            measured[name].append(_seconds(way) / stock)
    return measured


def _draw(
    model: Model, request: TraceRequest, watching: Callable[[Any], contextlib.AbstractContextManager[Any]]
) -> None:
    pipeline = copy.copy(model.pipeline)
    pipeline.scheduler = model.scheduler(request.scheduler)
    with watching(pipeline):
        pipeline(
            request.prompt,
            num_inference_steps=request.steps,
            guidance_scale=request.guidance_scale,
            generator=torch.Generator().manual_seed(request.seed),
        )


def _seconds(way: Callable[[], object]) -> float:
    started = time.perf_counter()
    way()
    return time.perf_counter() - started
