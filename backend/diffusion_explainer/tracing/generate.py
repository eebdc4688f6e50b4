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

from diffusion_explainer import errors
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.rendering import images
from diffusion_explainer.requests.request import Guidance, TraceRequest
from diffusion_explainer.traces.attention import by_token
from diffusion_explainer.traces.sprites import SpriteSheet
from diffusion_explainer.traces.step import Match, Step
from diffusion_explainer.traces.tokens import read_prompt
from diffusion_explainer.traces.trace import EarlierRun, Meeting, Trace

from . import conditioning, events
from .capture import Capture
from .conditioning import Conditioning
from .models import Model

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
    scheduler; InvalidRequest names what differs.
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


def _earlier_run(model: Model, request: TraceRequest, index: int) -> EarlierRun:
    origin, original = request.branched_from[index], request.original(index)
    prompt = read_prompt(model.pipeline.tokenizer, original.prompt)
    return EarlierRun(origin.step, original.id_for(model.card.fingerprint), prompt.tokens)


class _Member:
    """One request of a batch, and the pictures of it so far."""

    def __init__(
        self, model: Model, request: TraceRequest, rows: int, encode: Callable[[Guidance], Conditioning], report: Report
    ) -> None:
        request.check_rows(rows)
        self.model, self.request, self.rows, self.report = model, request, rows, report
        self.id = request.id_for(model.card.fingerprint)
        self.prompt = read_prompt(model.pipeline.tokenizer, request.prompt)
        self.negative = read_prompt(model.pipeline.tokenizer, request.negative_prompt)
        self.origins = tuple(_earlier_run(model, request, index) for index in range(len(request.branched_from)))
        self.texts = tuple(
            encode(request.guidance)[name][0].float().cpu().numpy()
            for name in ("prompt_embeds", "negative_prompt_embeds")
        )
        self.in_clip = model.clip.embed_prompt(self.texts[0], self.prompt.tokens) if model.clip else None
        self.matches: list[Match | None] = []
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
                origins=self.origins,
                steps=self.rows,
            )
        )

    def add(self, step: Step, pictures: tuple[Pixels, Pixels], match: Match | None) -> None:
        self.matches.append(match)
        self.pictures.append(pictures[0])
        self.predicted_pictures.append(pictures[1])
        picture, predicted = (images.webp(pixels) for pixels in pictures)
        if step.step == 0:
            text, unconditional_text = self.texts
            start = (step.latent, step.latent_scale, step.sigma)
            self.report(events.Text(text, unconditional_text, *start, picture, self.in_clip))
        self.report(events.StepDone(replace(step, match=match), self.rows, picture, predicted))

    def finish(self, capture: Capture, index: int, picture: Image.Image, seconds: float) -> Trace:
        self.pictures.append(np.asarray(picture.convert("RGB")))
        self.report(events.Decoded(images.webp(self.pictures[-1])))
        prompts = (self.prompt.tokens, *(origin.tokens for origin in self.origins))
        used = max(sum(token.kind != "padding" for token in tokens) for tokens in prompts)
        sheets = images.sprite_sheets(self.pictures, self.predicted_pictures)
        scale = capture.latent_scale(capture.final_sigma)
        steps = capture.steps[index]
        return Trace(
            id=self.id,
            request=self.request,
            model=self.model.card,
            tokens=self.prompt.tokens,
            cut_tokens=self.prompt.cut_tokens,
            truncated=self.prompt.truncated,
            negative_tokens=self.negative.tokens,
            origins=self.origins,
            text_embedding=self.texts[0],
            unconditional_text_embedding=self.texts[1],
            steps=tuple(self._complete(step, used, sheets) for step in steps),
            final_sigma=capture.final_sigma,
            final_latent_scale=scale,
            latent_pictures=sheets[0],
            predicted_pictures=sheets[1],
            picture_png=images.png(picture),
            seconds=seconds,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            meeting=self._meeting(steps[-1].next_latent * scale),
            attention_layers=capture.attention_layers,
        )

    def _complete(self, step: Step, used: int, sheets: tuple[SpriteSheet, SpriteSheet]) -> Step:
        attention = None if step.attention is None else by_token(step.attention, used)
        return replace(step, pictures=sheets, attention=attention, match=self.matches[step.step])

    def _meeting(self, final_latent: Pixels) -> Meeting | None:
        if self.model.clip is None or self.in_clip is None:
            return None
        picture = self.model.clip.embed_pictures(final_latent[None])[0]
        return Meeting(tuple(self.in_clip.tolist()), tuple(picture.tolist()))


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
        self.rows = model.rows(requests[0].scheduler, requests[0].steps)
        self.encode = functools.cache(functools.partial(conditioning.encode, model.pipeline))
        self.members = [
            _Member(model, request, self.rows, self.encode, functools.partial(report, member))
            for member, request in enumerate(requests)
        ]

    def run(self) -> list[Trace]:
        started = time.perf_counter()
        for member in self.members:
            member.start()
        self.model.pipeline.scheduler = self.model.scheduler(self.requests[0].scheduler)
        with Capture(self.model.pipeline, on_step=self._on_step) as capture:
            pictures = self._draw()
        seconds = time.perf_counter() - started
        return [
            member.finish(capture, index, picture, seconds)
            for index, (member, picture) in enumerate(zip(self.members, pictures, strict=True))
        ]

    def _draw(self) -> list[Image.Image]:
        pictures: list[Image.Image] = self.model.pipeline(
            **conditioning.stacked(self._conditionings(row=0)),
            num_inference_steps=self.requests[0].steps,
            guidance_scale=self._guidance_scale(row=0),
            callback_on_step_end=lambda pipeline, row, timestep, tensors: self._turn(row + 1),
            # Drawn on the CPU, so that a seed means the same noise on every machine.
            generator=[torch.Generator("cpu").manual_seed(request.seed) for request in self.requests],
        ).images
        return pictures

    def _turn(self, row: int) -> Conditioning:
        """Called between rows: where a member branches, what the pipeline reads from `row` on."""
        if row == self.rows or not any(origin.step == row for r in self.requests for origin in r.branched_from):
            return {}
        self.model.pipeline._guidance_scale = self._guidance_scale(row)
        return conditioning.halves(self._conditionings(row))

    def _conditionings(self, row: int) -> list[Conditioning]:
        return [self.encode(request.guidance_at(row)) for request in self.requests]

    def _guidance_scale(self, row: int) -> Any:
        """A number, or one for each member as [n, 1, 1, 1]: pipelines only ever multiply by it."""
        scales = [request.guidance_at(row).guidance_scale for request in self.requests]
        if len(set(scales)) == 1:
            return scales[0]
        unet = self.model.pipeline.unet
        return torch.tensor(scales, device=unet.device, dtype=unet.dtype).view(-1, 1, 1, 1)

    def _on_step(self, steps: list[Step]) -> None:
        seen = [step.latent * step.latent_scale for step in steps]
        latents = np.stack([*seen, *(step.predicted_latent for step in steps)])
        pictures, matches = self.model.decode(latents), self._matches(latents)
        for index, (member, step) in enumerate(zip(self.members, steps, strict=True)):
            member.add(step, (pictures[index], pictures[len(steps) + index]), matches[index])
        if self.cancelled():
            raise errors.Cancelled(steps[0].step + 1)

    def _matches(self, latents: Pixels) -> list[Match | None]:
        """How well x_t and x̂0 of each member, [2 · members, C, h, w], match its prompt."""
        if self.model.clip is None:
            return [None] * len(self.members)
        embedded = self.model.clip.embed_pictures(latents).reshape(2, len(self.members), -1)
        return [
            Match(*(float(side[index] @ member.in_clip) for side in embedded))
            for index, member in enumerate(self.members)
        ]
