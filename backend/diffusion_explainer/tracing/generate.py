"""The heart: a request and a model become events while it draws, and a trace when it is done."""

from __future__ import annotations

import copy
import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from diffusion_explainer import errors
from diffusion_explainer.requests.batches import LARGEST_BATCH
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces.step import Array, ClipSimilarity, Step
from diffusion_explainer.traces.trace import Trace

from . import conditioning, events
from .capture import Capture
from .conditioning import Conditioning
from .models import Model
from .recorder import OnEvent, Recorder
from .rounds import Rounds
from .shared_unet import Predictor, SharedUNet


def generate(
    model: Model,
    request: TraceRequest,
    on_event: OnEvent = lambda event: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Trace:
    """Draws the request and records every step. Blocks until it is done.

    `on_event` is called with each event, on this thread. Raises Cancelled after the step at which `cancelled()`
    is true, and InvalidRequest for a branch behind the last step.
    """
    return generate_all(model, [request], lambda member, event: on_event(event), cancelled)[0]


def generate_all(
    model: Model,
    requests: Sequence[TraceRequest],
    on_event: Callable[[int, events.Event], None] = lambda member, event: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Trace]:
    """Draws the requests, at most `LARGEST_BATCH` side by side, equal ones once; returns their traces in order.

    Each equals that of a single run to 1e-4, relative. `on_event(member, event)` says which of the requests (of equal
    ones, the first) an event belongs to. Raises as `generate` does.
    """
    calls, traces = SharedCalls(model), dict[TraceRequest, Trace]()
    waiting = list(dict.fromkeys(requests))

    def draw(request: TraceRequest) -> None:
        on_run_event = functools.partial(on_event, requests.index(request))
        traces[request] = calls.draw(request, on_run_event, cancelled)()

    def admit(running: int) -> list[Callable[[], None]]:
        begun = waiting[: LARGEST_BATCH - running]
        del waiting[: len(begun)]
        return [functools.partial(draw, request) for request in begun]

    with model.lock:
        calls.rounds.run(admit)
    return [traces[request] for request in requests]


class SharedCalls:
    """The runs of one thread share the calls of the model's UNet and of its decoder, inside of `rounds`."""

    def __init__(self, model: Model, on_call: Callable[[int], None] = lambda runs: None) -> None:
        self.model, self.rounds = model, Rounds(on_call)
        self._predictor, self._look = Predictor(model.pipeline.unet), functools.partial(_look, model)

    def draw(self, request: TraceRequest, on_event: OnEvent, cancelled: Callable[[], bool]) -> Callable[[], Trace]:
        """Called by a run of `rounds`: draws, and returns what makes the trace of it, on any thread."""
        return _Drawing(self, request, on_event, cancelled).draw()

    def pipeline(self, scheduler: str) -> Any:
        """The stock pipeline for one run: with a scheduler of its own, all else is the model's."""
        pipeline = copy.copy(self.model.pipeline)
        pipeline.scheduler = self.model.scheduler(scheduler)
        vars(pipeline)["unet"] = SharedUNet(self._predictor, self.rounds)
        return pipeline

    def look(self, latents: Array) -> Look:
        """Variance-preserving latents [n, C, h, w] as pictures and in CLIP's space. Raises NotFinite."""
        looked: Look = self.rounds.call(self._look, latents)
        return looked


@dataclass(frozen=True)
class Look:
    """Pixels [n, H, W, 3] of latents, and their embeddings [n, d] where the model has CLIP."""

    pictures: NDArray[np.uint8]
    embeddings: NDArray[np.floating] | None


def _look(model: Model, latents: Sequence[Array]) -> list[Look]:
    together = np.concatenate(latents)
    pictures = model.decode(together)
    embeddings = model.clip.embed_images(together) if model.clip else None
    ends = np.cumsum([len(each) for each in latents]).tolist()
    parts = [slice(end - len(each), end) for each, end in zip(latents, ends, strict=True)]
    return [Look(pictures[part], None if embeddings is None else embeddings[part]) for part in parts]


class _Drawing:
    """One stock pipeline call under way."""

    def __init__(
        self, calls: SharedCalls, request: TraceRequest, on_event: OnEvent, cancelled: Callable[[], bool]
    ) -> None:
        model = calls.model
        self.calls, self.request, self.cancelled = calls, request, cancelled
        self.num_steps = model.num_steps(request.scheduler, request.steps)
        self.encode = functools.cache(functools.partial(conditioning.encode, model.pipeline))
        self.recorder = Recorder(model, request, self.num_steps, self.encode, on_event)
        self.pipeline = calls.pipeline(request.scheduler)

    def draw(self) -> Callable[[], Trace]:
        started = time.perf_counter()
        self.recorder.start()
        with Capture(self.pipeline, on_step=self._on_step, maps=self.pipeline.unet) as capture:
            picture, withheld = self._call_pipeline()
        seconds = time.perf_counter() - started
        return lambda: self.recorder.finish(capture, picture, withheld, seconds)

    def _call_pipeline(self) -> tuple[Image.Image, bool]:
        """The picture, and whether the model's safety checker made it black."""
        output = self.pipeline(
            **self.encode(self.request.guidance_at(0)),
            num_inference_steps=self.request.steps,
            guidance_scale=self.request.guidance_at(0).guidance_scale,
            callback_on_step_end=lambda pipeline, step, timestep, tensors: self._before_step(step + 1),
            # Drawn on the CPU, so that a seed means the same noise on every machine.
            generator=torch.Generator("cpu").manual_seed(self.request.seed),
        )
        withheld = getattr(output, "nsfw_content_detected", None) or [False]
        return output.images[0], bool(withheld[0])

    def _before_step(self, step: int) -> Conditioning:
        """Where the run branches at `step`: what the pipeline reads from there on."""
        if step == self.num_steps or not any(origin.step == step for origin in self.request.branched_from):
            return {}
        guidance = self.request.guidance_at(step)
        self.pipeline._guidance_scale = guidance.guidance_scale
        return conditioning.halves(self.encode(guidance))

    def _on_step(self, steps: list[Step]) -> None:
        (step,) = steps
        try:
            look = self.calls.look(np.stack([step.latent * step.latent_scale, step.predicted_latent]))
        except errors.NotFinite as error:
            raise errors.NotFinite(error.name, step.step) from error
        similarity = None if look.embeddings is None else self._similarity(look.embeddings)
        self.recorder.add(step, (look.pictures[0], look.pictures[1]), similarity)
        if self.cancelled():
            raise errors.Cancelled(step.step + 1)

    def _similarity(self, embeddings: NDArray[np.floating]) -> ClipSimilarity:
        """How well x_t and x̂0, [2, d], match the prompt."""
        return ClipSimilarity(*(float(embedding @ self.recorder.prompt_embedding) for embedding in embeddings))
