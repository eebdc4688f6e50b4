"""One traced generation: the request, the tokens, and every step.

Shapes: N steps, L token slots (77), d numbers a slot; those of a step are in `step`.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from PIL import Image

from diffusion_explainer.requests.request import TraceRequest

from . import outputs
from .attention import AttentionLayer
from .model_card import ModelCard
from .sprites import SpriteSheet
from .step import Array, Step

TokenKind: TypeAlias = Literal["start", "text", "end", "padding", "cut"]


@dataclass(frozen=True)
class Token:
    """One slot of the prompt. `word`: the word this piece belongs to, the `word_index`-th of the prompt.

    `start` and `end` are the characters of the prompt that the piece stands for; None for start, end and padding.
    A token of kind "cut" did not fit: it has no slot and the model never saw it.
    """

    slot: int | None
    id: int
    text: str
    word: str | None
    word_index: int | None
    kind: TokenKind
    start: int | None = None
    end: int | None = None

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class EarlierRun:
    """A run that another branched from: the steps before `step` are those of the trace `id`, with its `tokens`."""

    step: int
    id: str
    tokens: tuple[Token, ...]

    def to_wire(self) -> dict[str, Any]:
        return {"step": self.step, "id": self.id, "tokens": [token.to_wire() for token in self.tokens]}

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> EarlierRun:
        return cls(wire["step"], wire["id"], tuple(Token(**token) for token in wire["tokens"]))


@dataclass(frozen=True)
class ClipEmbeddings:
    """Prompt and finished picture as unit vectors of CLIP's shared space; their dot product is their similarity."""

    prompt: tuple[float, ...]
    picture: tuple[float, ...]

    @property
    def similarity(self) -> float:
        return float(np.dot(self.prompt, self.picture))

    def to_wire(self) -> dict[str, Any]:
        return {"prompt": list(self.prompt), "picture": list(self.picture)}

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> ClipEmbeddings:
        return cls(tuple(wire["prompt"]), tuple(wire["picture"]))


@dataclass(frozen=True, eq=False)
class Trace:
    """One generation, from tokens to picture.

    `text_embedding` and `unconditional_text_embedding` are [L, d]: what the UNet attends to for the prompt
    and for the negative (or empty) prompt. `final_sigma` and `final_latent_scale` belong to the latent
    after the last step. `picture_png` is the finished picture, lossless.

    A run that branched from another has its `origins`, oldest first. Tokens and text embeddings are those
    it branched to; the attention maps of the steps before are of the tokens of the origin.

    `clip_embeddings` is None for a model without an image encoder, and in bundles from before it was recorded.
    `attention_layers`, whose mean the attention maps are, is empty in bundles from before they were listed.
    `withheld`: the model's safety checker made the finished picture black.
    """

    id: str
    request: TraceRequest
    model: ModelCard
    tokens: tuple[Token, ...]
    cut_tokens: tuple[Token, ...]
    truncated: str
    negative_tokens: tuple[Token, ...]
    text_embedding: Array
    unconditional_text_embedding: Array
    steps: tuple[Step, ...]
    final_sigma: float
    final_latent_scale: float
    latent_pictures: SpriteSheet
    predicted_pictures: SpriteSheet
    picture_png: bytes = field(repr=False)
    seconds: float
    created: str
    origins: tuple[EarlierRun, ...] = ()
    clip_embeddings: ClipEmbeddings | None = None
    attention_layers: tuple[AttentionLayer, ...] = ()
    withheld: bool = False

    @property
    def final_latent(self) -> Array:
        """The latent after the last step, [C, h, w]."""
        return self.steps[-1].next_latent

    @property
    def latents(self) -> Array:
        """x_t before every step and the final one, [N + 1, C, h, w]."""
        return np.stack([*(step.latent for step in self.steps), self.final_latent])

    @property
    def picture(self) -> Image.Image:
        """The finished picture."""
        return Image.open(io.BytesIO(self.picture_png)).convert("RGB")

    def stacked(self, name: str) -> Array | None:
        """The tensor `name` of every step, [N, C, h, w], zeros in steps without it; None where no step has it."""
        tensors = [getattr(step, name) for step in self.steps]
        if all(tensor is None for tensor in tensors):
            return None
        blank = np.zeros_like(self.steps[0].latent)
        return np.stack([blank if tensor is None else tensor for tensor in tensors])

    def save(self, url: str | Path, *, exact: bool = False) -> str:
        """Writes the bundle folder `url` (any fsspec URL); `exact` keeps float32. Returns its URL.

        Raises NotReplaceable for a folder that holds something else, and OSError where it cannot be written.
        """
        return outputs.registered().save(self, url, exact)

    def export(self, path: str | Path, kind: Literal["latent", "predicted"] = "latent") -> Path:
        """Writes one file: .png, .webp, .gif, .mp4, .html, .json, .safetensors or .zip, by its suffix.

        `kind`: whether an animation shows x_t or x̂0 of each step. Raises InvalidRequest for another suffix,
        NotInstalled for .mp4 without the extra `video`, and OSError where the file cannot be written.
        """
        return outputs.registered().export(self, path, kind)

    def _repr_html_(self) -> str:
        return outputs.registered().html(self)
