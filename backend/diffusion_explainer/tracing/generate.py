"""The heart: a request and a model become events while it draws, and a trace when it is done."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image

from diffusion_explainer import errors
from diffusion_explainer.requests.batches import check_one_batch
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces.step import Array, ClipSimilarity, Step
from diffusion_explainer.traces.trace import Trace

from . import conditioning, events
from .capture import Capture
from .conditioning import Conditioning
from .models import Model
from .recorder import OnEvent, Recorder


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
    return generate_batch(model, [request], lambda member, event: on_event(event), cancelled)[0]


def generate_batch(
    model: Model,
    requests: Sequence[TraceRequest],
    on_event: Callable[[int, events.Event], None] = lambda member, event: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Trace]:
    """Draws several requests that share their UNet calls; each trace equals that of a single run to 1e-4, relative.

    `on_event(member, event)` says which of the requests an event belongs to. Raises as `generate` does, and
    InvalidRequest where the requests do not agree in steps and scheduler.
    """
    check_one_batch(requests)
    with model.lock:
        return _Batch(model, requests, on_event, cancelled).run()


class _Batch:
    """One pipeline call under way."""

    def __init__(
        self,
        model: Model,
        requests: Sequence[TraceRequest],
        on_event: Callable[[int, events.Event], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self.model, self.requests, self.cancelled = model, requests, cancelled
        self.num_steps = model.num_steps(requests[0].scheduler, requests[0].steps)
        self.encode = functools.cache(functools.partial(conditioning.encode, model.pipeline))
        self.recorders = [
            Recorder(model, request, self.num_steps, self.encode, functools.partial(on_event, member))
            for member, request in enumerate(requests)
        ]

    def run(self) -> list[Trace]:
        started = time.perf_counter()
        for recorder in self.recorders:
            recorder.start()
        with self._own_scheduler(), Capture(self.model.pipeline, on_step=self._on_step) as capture:
            pictures, withheld = self._call_pipeline()
        seconds = time.perf_counter() - started
        return [
            recorder.finish(capture, index, pictures[index], withheld[index], seconds)
            for index, recorder in enumerate(self.recorders)
        ]

    @contextlib.contextmanager
    def _own_scheduler(self) -> Iterator[None]:
        """Draws with the scheduler that was asked for; afterwards the pipeline has its own again."""
        pipeline = self.model.pipeline
        before = pipeline.scheduler
        pipeline.scheduler = self.model.scheduler(self.requests[0].scheduler)
        try:
            yield
        finally:
            pipeline.scheduler = before

    def _call_pipeline(self) -> tuple[list[Image.Image], list[bool]]:
        """The pictures, and which of them the model's safety checker made black."""
        output = self.model.pipeline(
            **conditioning.stacked(self._conditionings(step=0)),
            num_inference_steps=self.requests[0].steps,
            guidance_scale=self._guidance_scale(step=0),
            callback_on_step_end=lambda pipeline, step, timestep, tensors: self._before_step(step + 1),
            # Drawn on the CPU, so that a seed means the same noise on every machine.
            generator=[torch.Generator("cpu").manual_seed(request.seed) for request in self.requests],
        )
        withheld = getattr(output, "nsfw_content_detected", None) or [False] * len(self.requests)
        return output.images, [bool(one) for one in withheld]

    def _before_step(self, step: int) -> Conditioning:
        """Where a member branches at `step`: what the pipeline reads from there on."""
        if step == self.num_steps or not any(o.step == step for r in self.requests for o in r.branched_from):
            return {}
        self.model.pipeline._guidance_scale = self._guidance_scale(step)
        return conditioning.halves(self._conditionings(step))

    def _conditionings(self, step: int) -> list[Conditioning]:
        return [self.encode(request.guidance_at(step)) for request in self.requests]

    def _guidance_scale(self, step: int) -> Any:
        """A number, or one for each member as [n, 1, 1, 1]: pipelines only ever multiply by it."""
        scales = [request.guidance_at(step).guidance_scale for request in self.requests]
        if len(set(scales)) == 1:
            return scales[0]
        unet = self.model.pipeline.unet
        return torch.tensor(scales, device=unet.device, dtype=unet.dtype).view(-1, 1, 1, 1)

    def _on_step(self, steps: list[Step]) -> None:
        seen = [step.latent * step.latent_scale for step in steps]
        latents = np.stack([*seen, *(step.predicted_latent for step in steps)])
        try:
            pictures = self.model.decode(latents)
        except errors.NotFinite as error:
            raise errors.NotFinite(error.name, steps[0].step) from error
        clip_similarities = self._clip_similarities(latents)
        for index, (recorder, step) in enumerate(zip(self.recorders, steps, strict=True)):
            recorder.add(step, (pictures[index], pictures[len(steps) + index]), clip_similarities[index])
        if self.cancelled():
            raise errors.Cancelled(steps[0].step + 1)

    def _clip_similarities(self, latents: Array) -> list[ClipSimilarity | None]:
        """How well x_t and x̂0 of each member, [2 · members, C, h, w], match its prompt."""
        if self.model.clip is None:
            return [None] * len(self.recorders)
        embedded = self.model.clip.embed_images(latents).reshape(2, len(self.recorders), -1)
        return [
            ClipSimilarity(*(float(side[index] @ recorder.prompt_embedding) for side in embedded))
            for index, recorder in enumerate(self.recorders)
        ]
