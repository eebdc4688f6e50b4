"""The heart: a request and a model become events while it draws, and a trace when it is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch

from . import errors, events, images
from .capture import Capture
from .models import Model
from .request import TraceRequest
from .tokens import Prompt, read_prompt
from .trace import Step, Trace

Report = Callable[[events.Event], None]


def generate(
    model: Model,
    request: TraceRequest,
    report: Report = lambda event: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Trace:
    """Draws the request, reporting as it goes. Blocks until done; Cancelled soon after `cancelled()` is true."""
    with model.lock:
        return _Generation(model, request, report, cancelled).run()


class _Generation:
    """One generation under way."""

    def __init__(self, model: Model, request: TraceRequest, report: Report, cancelled: Callable[[], bool]) -> None:
        self.model, self.request, self.report, self.cancelled = model, request, report, cancelled
        self.id = request.id_for(model.card.fingerprint)
        self.rows = model.rows(request.scheduler, request.steps)
        self.prompt = read_prompt(model.pipeline.tokenizer, request.prompt)
        self.negative = read_prompt(model.pipeline.tokenizer, request.negative_prompt)
        self.pictures: list[np.ndarray[Any, Any]] = []
        self.predicted_pictures: list[np.ndarray[Any, Any]] = []
        self.steps_made = 0

    def run(self) -> Trace:
        started = time.perf_counter()
        self.report(_tokens_event(self))
        pipeline = self.model.pipeline
        pipeline.scheduler = self.model.scheduler(self.request.scheduler)
        with Capture(pipeline, on_step=lambda steps: self._on_step(capture, steps[0])) as capture:
            picture = pipeline(
                prompt=self.request.prompt,
                negative_prompt=self.request.negative_prompt or None,
                num_inference_steps=self.request.steps,
                guidance_scale=self.request.guidance_scale,
                # Drawn on the CPU, so that a seed means the same noise on every machine.
                generator=torch.Generator("cpu").manual_seed(self.request.seed),
            ).images[0]
        self.pictures.append(np.asarray(picture.convert("RGB")))
        self.report(events.Decoded(images.webp(self.pictures[-1])))
        return self._trace(capture, images.png(picture), time.perf_counter() - started)

    def _on_step(self, capture: Capture, step: Step) -> None:
        seen = step.latent * step.latent_scale
        picture, predicted = self.model.decode(np.stack([seen, step.predicted_latent]))
        self.pictures.append(picture)
        self.predicted_pictures.append(predicted)
        if step.step == 0:
            self.report(_text_event(capture, step, images.webp(picture)))
        self.report(events.StepDone(step, self.rows, images.webp(picture), images.webp(predicted)))
        self.steps_made += 1
        if self.cancelled():
            raise errors.Cancelled(self.steps_made)

    def _trace(self, capture: Capture, picture_png: bytes, seconds: float) -> Trace:
        latent_pictures = images.sprite_sheet(self.pictures)
        predicted_pictures = images.sprite_sheet(self.predicted_pictures)
        return Trace(
            id=self.id,
            request=self.request,
            model=self.model.card,
            tokens=self.prompt.tokens,
            cut_tokens=self.prompt.cut_tokens,
            truncated=self.prompt.truncated,
            negative_tokens=self.negative.tokens,
            text_embedding=_first(capture.text_embeddings),
            unconditional_text_embedding=_first(capture.unconditional_text_embeddings),
            steps=tuple(replace(step, pictures=(latent_pictures, predicted_pictures)) for step in capture.steps[0]),
            final_sigma=capture.final_sigma,
            final_latent_scale=capture.latent_scale(capture.final_sigma),
            latent_pictures=latent_pictures,
            predicted_pictures=predicted_pictures,
            picture_png=picture_png,
            seconds=seconds,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )


def _tokens_event(generation: _Generation) -> events.Tokens:
    prompt: Prompt = generation.prompt
    return events.Tokens(
        id=generation.id,
        request=generation.request.model_dump(),
        model=generation.model.card.to_wire(),
        tokens=prompt.tokens,
        cut_tokens=prompt.cut_tokens,
        truncated=prompt.truncated,
        negative_tokens=generation.negative.tokens,
        steps=generation.rows,
    )


def _text_event(capture: Capture, step: Step, picture: bytes) -> events.Text:
    return events.Text(
        text_embedding=_first(capture.text_embeddings),
        unconditional_text_embedding=_first(capture.unconditional_text_embeddings),
        latent=step.latent,
        latent_scale=step.latent_scale,
        sigma=step.sigma,
        picture=picture,
    )


def _first(batch: Any) -> np.ndarray[Any, Any]:
    return batch[0]  # type: ignore[no-any-return]
