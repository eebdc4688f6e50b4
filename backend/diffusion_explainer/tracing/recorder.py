"""What one run records: its prompt, its pictures, its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from diffusion_explainer.rendering import images
from diffusion_explainer.requests.request import Guidance, TraceRequest
from diffusion_explainer.traces.attention import by_token
from diffusion_explainer.traces.sprites import SpriteSheet
from diffusion_explainer.traces.step import Array, ClipSimilarity, Step
from diffusion_explainer.traces.tokens import read_prompt
from diffusion_explainer.traces.trace import ClipEmbeddings, EarlierRun, Trace

from . import events
from .capture import Capture
from .conditioning import Conditioning
from .models import Model

OnEvent: TypeAlias = Callable[[events.Event], None]
Pixels: TypeAlias = NDArray[np.uint8]


class Recorder:
    """Turns the steps of one request into events, and at the end into a Trace.

    Raises InvalidRequest for a branch after the last of `num_steps`.
    """

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
        """Reports the tokens."""
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

    def finish(self, capture: Capture, picture: Image.Image, withheld: bool, seconds: float) -> Trace:
        """The trace, once the pipeline has returned this request's picture, or withheld it for a black one."""
        self.pictures.append(np.asarray(picture.convert("RGB")))
        self.on_event(events.Decoded(images.webp(self.pictures[-1]), withheld))
        sheets = images.sprite_sheets(self.pictures, self.predicted_pictures)
        final_latent_scale = capture.latent_scale(capture.final_sigma)
        (steps,) = capture.steps
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
            withheld=withheld,
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


def _earlier_run(model: Model, request: TraceRequest, index: int) -> EarlierRun:
    origin, original = request.branched_from[index], request.original(index)
    prompt = read_prompt(model.pipeline.tokenizer, original.prompt)
    return EarlierRun(origin.step, original.id_for(model.card.fingerprint), prompt.tokens)
