"""The heart: a request and a model become events while it draws, and a trace when it is done."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
import torch
from PIL import Image

from . import errors, events, images
from .attention import by_token
from .capture import Capture
from .errors import InvalidRequest
from .models import Model
from .request import TraceRequest
from .tokens import read_prompt
from .trace import SpriteSheet, Step, Trace

Report: TypeAlias = Callable[[events.Event], None]
Pixels: TypeAlias = np.ndarray[Any, Any]

_SHARED = ("steps", "scheduler")  # what one pipeline call has for all its prompts


def generate(
    model: Model,
    request: TraceRequest,
    report: Report = lambda event: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Trace:
    """Draws the request, reporting as it goes. Blocks until done; Cancelled soon after `cancelled()` is true."""
    return generate_together(model, [request], lambda member, event: report(event), cancelled)[0]


def generate_together(
    model: Model,
    requests: Sequence[TraceRequest],
    report: Callable[[int, events.Event], None] = lambda member, event: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Trace]:
    """Draws several requests in one batch: their UNet calls are shared, their numbers those of single runs.

    `report(member, event)` says which of the requests an event belongs to. All must agree in steps and
    scheduler, and in having a negative prompt or none; InvalidRequest names what differs.
    """
    _check_shared(requests)
    with model.lock:
        return _Batch(model, requests, report, cancelled).run()


def _check_shared(requests: Sequence[TraceRequest]) -> None:
    first = requests[0]
    for request in requests[1:]:
        for field in _SHARED:
            if getattr(request, field) != getattr(first, field):
                value = getattr(request, field)
                raise InvalidRequest(field, value, f"must be {getattr(first, field)!r} for all of a batch")
        if bool(request.negative_prompt) != bool(first.negative_prompt):
            # The empty negative prompt of SDXL is all zeros, which no text is.
            raise InvalidRequest(
                "negative_prompt", request.negative_prompt, "must be given for all of a batch, or none"
            )


class _Member:
    """One request of a batch, and the pictures of it so far."""

    def __init__(self, model: Model, request: TraceRequest, rows: int, report: Report) -> None:
        self.model, self.request, self.rows, self.report = model, request, rows, report
        self.id = request.id_for(model.card.fingerprint)
        self.prompt = read_prompt(model.pipeline.tokenizer, request.prompt)
        self.negative = read_prompt(model.pipeline.tokenizer, request.negative_prompt)
        self.pictures: list[Pixels] = []
        self.predicted_pictures: list[Pixels] = []

    def start(self) -> None:
        self.report(
            events.Tokens(
                id=self.id,
                request=self.request.model_dump(),
                model=self.model.card.to_wire(),
                tokens=self.prompt.tokens,
                cut_tokens=self.prompt.cut_tokens,
                truncated=self.prompt.truncated,
                negative_tokens=self.negative.tokens,
                steps=self.rows,
            )
        )

    def add(self, step: Step, text: Pixels, unconditional_text: Pixels, pictures: tuple[Pixels, Pixels]) -> None:
        self.pictures.append(pictures[0])
        self.predicted_pictures.append(pictures[1])
        picture, predicted = (images.webp(pixels) for pixels in pictures)
        if step.step == 0:
            start = (step.latent, step.latent_scale, step.sigma)
            self.report(events.Text(text, unconditional_text, *start, picture))
        self.report(events.StepDone(step, self.rows, picture, predicted))

    def finish(self, capture: Capture, index: int, picture: Image.Image, seconds: float) -> Trace:
        self.pictures.append(np.asarray(picture.convert("RGB")))
        self.report(events.Decoded(images.webp(self.pictures[-1])))
        used = sum(token.kind != "padding" for token in self.prompt.tokens)
        sheets = images.sprite_sheet(self.pictures), images.sprite_sheet(self.predicted_pictures)
        return Trace(
            id=self.id,
            request=self.request,
            model=self.model.card,
            tokens=self.prompt.tokens,
            cut_tokens=self.prompt.cut_tokens,
            truncated=self.prompt.truncated,
            negative_tokens=self.negative.tokens,
            text_embedding=capture.text_embeddings[index],
            unconditional_text_embedding=capture.unconditional_text_embeddings[index],
            steps=tuple(self._complete(step, used, sheets) for step in capture.steps[index]),
            final_sigma=capture.final_sigma,
            final_latent_scale=capture.latent_scale(capture.final_sigma),
            latent_pictures=sheets[0],
            predicted_pictures=sheets[1],
            picture_png=images.png(picture),
            seconds=seconds,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    @staticmethod
    def _complete(step: Step, used: int, sheets: tuple[SpriteSheet, SpriteSheet]) -> Step:
        attention = None if step.attention is None else by_token(step.attention, used)
        return replace(step, pictures=sheets, attention=attention)


class _Batch:
    """One pipeline call under way."""

    def __init__(
        self,
        model: Model,
        requests: Sequence[TraceRequest],
        report: Callable[[int, events.Event], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self.model, self.requests, self.cancelled = model, requests, cancelled
        rows = model.rows(requests[0].scheduler, requests[0].steps)
        reports = [functools.partial(report, member) for member in range(len(requests))]
        self.members = [_Member(model, *each) for each in zip(requests, [rows] * len(requests), reports, strict=True)]

    def run(self) -> list[Trace]:
        started = time.perf_counter()
        for member in self.members:
            member.start()
        self.model.pipeline.scheduler = self.model.scheduler(self.requests[0].scheduler)
        with Capture(self.model.pipeline, on_step=lambda steps: self._on_step(capture, steps)) as capture:
            pictures = self._draw()
        seconds = time.perf_counter() - started
        return [
            member.finish(capture, index, picture, seconds)
            for index, (member, picture) in enumerate(zip(self.members, pictures, strict=True))
        ]

    def _draw(self) -> list[Image.Image]:
        negatives = [request.negative_prompt for request in self.requests]
        pictures: list[Image.Image] = self.model.pipeline(
            prompt=[request.prompt for request in self.requests],
            negative_prompt=negatives if any(negatives) else None,
            num_inference_steps=self.requests[0].steps,
            guidance_scale=self._guidance_scale(),
            # Drawn on the CPU, so that a seed means the same noise on every machine.
            generator=[torch.Generator("cpu").manual_seed(request.seed) for request in self.requests],
        ).images
        return pictures

    def _guidance_scale(self) -> Any:
        """A number, or one for each member as [n, 1, 1, 1]: pipelines only ever multiply by it."""
        scales = [request.guidance_scale for request in self.requests]
        if len(set(scales)) == 1:
            return scales[0]
        unet = self.model.pipeline.unet
        return torch.tensor(scales, device=unet.device, dtype=unet.dtype).view(-1, 1, 1, 1)

    def _on_step(self, capture: Capture, steps: list[Step]) -> None:
        seen = [step.latent * step.latent_scale for step in steps]
        pictures = self.model.decode(np.stack([*seen, *(step.predicted_latent for step in steps)]))
        for index, (member, step) in enumerate(zip(self.members, steps, strict=True)):
            texts = capture.text_embeddings[index], capture.unconditional_text_embeddings[index]
            member.add(step, *texts, (pictures[index], pictures[len(steps) + index]))
        if self.cancelled():
            raise errors.Cancelled(steps[0].step + 1)
