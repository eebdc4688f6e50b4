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
from numpy.typing import NDArray
from PIL import Image

from diffusion_explainer import errors
from diffusion_explainer.rendering import images
from diffusion_explainer.requests.batches import check_one_batch
from diffusion_explainer.requests.request import Guidance, TraceRequest
from diffusion_explainer.traces.attention import by_token
from diffusion_explainer.traces.sprites import SpriteSheet
from diffusion_explainer.traces.step import Array, ClipSimilarity, Step
from diffusion_explainer.traces.tokens import read_prompt
from diffusion_explainer.traces.trace import ClipEmbeddings, EarlierRun, Trace

from . import conditioning, events
from .capture import Capture
from .conditioning import Conditioning
from .models import Model

OnEvent: TypeAlias = Callable[[events.Event], None]
Pixels: TypeAlias = NDArray[np.uint8]


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


def _earlier_run(model: Model, request: TraceRequest, index: int) -> EarlierRun:
    origin, original = request.branched_from[index], request.original(index)
    prompt = read_prompt(model.pipeline.tokenizer, original.prompt)
    return EarlierRun(origin.step, original.id_for(model.card.fingerprint), prompt.tokens)


class _Member:
    """One request of a batch: what it has recorded so far."""

    def __init__(
        self,
        model: Model,
        request: TraceRequest,
        num_steps: int,
        encode: Callable[[Guidance], Conditioning],
        on_event: OnEvent,
    ) -> None:
        request.check_num_steps(num_steps)
        self.model, self.request, self.num_steps, self.on_event = model, request, num_steps, on_event
        self.id = request.id_for(model.card.fingerprint)
        self.prompt = read_prompt(model.pipeline.tokenizer, request.prompt)
        self.negative = read_prompt(model.pipeline.tokenizer, request.negative_prompt)
        self.origins = tuple(_earlier_run(model, request, index) for index in range(len(request.branched_from)))
        conditioned = encode(request.guidance)
        self.text_embedding: Array = conditioned["prompt_embeds"][0].float().cpu().numpy()
        self.unconditional_text_embedding: Array = conditioned["negative_prompt_embeds"][0].float().cpu().numpy()
        self.prompt_embedding = model.clip.embed_prompt(self.text_embedding, self.prompt.tokens) if model.clip else None
        self.clip_similarities: list[ClipSimilarity | None] = []
        self.pictures: list[Pixels] = []
        self.predicted_pictures: list[Pixels] = []

    def start(self) -> None:
        self.on_event(
            events.Tokens(
                id=self.id,
                request=self.request.model_dump(),
                model=self.model.card.to_wire(),
                tokens=self.prompt.tokens,
                cut_tokens=self.prompt.cut_tokens,
                truncated=self.prompt.truncated,
                negative_tokens=self.negative.tokens,
                origins=self.origins,
                steps=self.num_steps,
            )
        )

    def add(self, step: Step, pictures: tuple[Pixels, Pixels], clip_similarity: ClipSimilarity | None) -> None:
        """Takes a step with its pictures of x_t and x̂0, each [H, W, 3]."""
        self.clip_similarities.append(clip_similarity)
        self.pictures.append(pictures[0])
        self.predicted_pictures.append(pictures[1])
        picture, predicted_picture = (images.webp(pixels) for pixels in pictures)
        if step.step == 0:
            self.on_event(
                events.Text(
                    text_embedding=self.text_embedding,
                    unconditional_text_embedding=self.unconditional_text_embedding,
                    latent=step.latent,
                    latent_scale=step.latent_scale,
                    sigma=step.sigma,
                    picture=picture,
                    prompt_embedding=self.prompt_embedding,
                )
            )
        recorded = replace(step, clip_similarity=clip_similarity)
        self.on_event(events.StepDone(recorded, self.num_steps, picture, predicted_picture))

    def finish(self, capture: Capture, index: int, picture: Image.Image, seconds: float) -> Trace:
        """The trace, once the pipeline has returned this member's picture."""
        self.pictures.append(np.asarray(picture.convert("RGB")))
        self.on_event(events.Decoded(images.webp(self.pictures[-1])))
        sheets = images.sprite_sheets(self.pictures, self.predicted_pictures)
        final_latent_scale = capture.latent_scale(capture.final_sigma)
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
            text_embedding=self.text_embedding,
            unconditional_text_embedding=self.unconditional_text_embedding,
            steps=tuple(self._complete(step, sheets) for step in steps),
            final_sigma=capture.final_sigma,
            final_latent_scale=final_latent_scale,
            latent_pictures=sheets[0],
            predicted_pictures=sheets[1],
            picture_png=images.png(picture),
            seconds=seconds,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            clip_embeddings=self._clip_embeddings(steps[-1].next_latent * final_latent_scale),
            attention_layers=capture.attention_layers,
        )

    def _complete(self, step: Step, sheets: tuple[SpriteSheet, SpriteSheet]) -> Step:
        attention = None if step.attention is None else by_token(step.attention, self._used_slots())
        return replace(step, pictures=sheets, attention=attention, clip_similarity=self.clip_similarities[step.step])

    def _used_slots(self) -> int:
        """Slots before the padding, of the longest prompt that this run had."""
        prompts = (self.prompt.tokens, *(origin.tokens for origin in self.origins))
        return max(sum(token.kind != "padding" for token in tokens) for tokens in prompts)

    def _clip_embeddings(self, final_latent: Array) -> ClipEmbeddings | None:
        if self.model.clip is None or self.prompt_embedding is None:
            return None
        picture = self.model.clip.embed_images(final_latent[None])[0]
        return ClipEmbeddings(tuple(self.prompt_embedding.tolist()), tuple(picture.tolist()))


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
        self.members = [
            _Member(model, request, self.num_steps, self.encode, functools.partial(on_event, member))
            for member, request in enumerate(requests)
        ]

    def run(self) -> list[Trace]:
        started = time.perf_counter()
        for member in self.members:
            member.start()
        self.model.pipeline.scheduler = self.model.scheduler(self.requests[0].scheduler)
        with Capture(self.model.pipeline, on_step=self._on_step) as capture:
            pictures = self._call_pipeline()
        seconds = time.perf_counter() - started
        return [
            member.finish(capture, index, picture, seconds)
            for index, (member, picture) in enumerate(zip(self.members, pictures, strict=True))
        ]

    def _call_pipeline(self) -> list[Image.Image]:
        pictures: list[Image.Image] = self.model.pipeline(
            **conditioning.stacked(self._conditionings(step=0)),
            num_inference_steps=self.requests[0].steps,
            guidance_scale=self._guidance_scale(step=0),
            callback_on_step_end=lambda pipeline, step, timestep, tensors: self._before_step(step + 1),
            # Drawn on the CPU, so that a seed means the same noise on every machine.
            generator=[torch.Generator("cpu").manual_seed(request.seed) for request in self.requests],
        ).images
        return pictures

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
        pictures, clip_similarities = self.model.decode(latents), self._clip_similarities(latents)
        for index, (member, step) in enumerate(zip(self.members, steps, strict=True)):
            member.add(step, (pictures[index], pictures[len(steps) + index]), clip_similarities[index])
        if self.cancelled():
            raise errors.Cancelled(steps[0].step + 1)

    def _clip_similarities(self, latents: Array) -> list[ClipSimilarity | None]:
        """How well x_t and x̂0 of each member, [2 · members, C, h, w], match its prompt."""
        if self.model.clip is None:
            return [None] * len(self.members)
        embedded = self.model.clip.embed_images(latents).reshape(2, len(self.members), -1)
        return [
            ClipSimilarity(*(float(side[index] @ member.prompt_embedding) for side in embedded))
            for index, member in enumerate(self.members)
        ]
