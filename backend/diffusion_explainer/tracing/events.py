"""What a job reports while it runs, and its wire form (JSON of server-sent events)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from diffusion_explainer.traces.step import Step
from diffusion_explainer.traces.trace import EarlierRun, Token

Wire = dict[str, Any]


def array_to_wire(array: NDArray[np.floating]) -> Wire:
    """A tensor as base64 of little-endian float16, with its shape."""
    data = np.ascontiguousarray(array, dtype="<f2")
    return {"dtype": "float16", "shape": list(data.shape), "data": base64.b64encode(data.tobytes()).decode()}


def picture_to_wire(encoded: bytes) -> str:
    """An encoded WebP as a data URL."""
    return "data:image/webp;base64," + base64.b64encode(encoded).decode()


@dataclass(frozen=True)
class Event:
    """One thing a job reports."""

    name: ClassVar[str]
    last: ClassVar[bool] = False

    def to_wire(self) -> Wire:
        raise NotImplementedError


@dataclass(frozen=True)
class Queued(Event):
    """`position` jobs run before this one; 0: it starts now."""

    name = "queued"
    position: int

    def to_wire(self) -> Wire:
        return {"position": self.position}


@dataclass(frozen=True)
class Tokens(Event):
    """The prompt's tokens. `steps`: how many steps will come."""

    name = "tokens"
    id: str
    request: Wire
    model: Wire
    tokens: tuple[Token, ...]
    cut_tokens: tuple[Token, ...]
    truncated: str
    negative_tokens: tuple[Token, ...]
    origins: tuple[EarlierRun, ...]
    steps: int

    def to_wire(self) -> Wire:
        return {
            "id": self.id,
            "request": self.request,
            "model": self.model,
            "tokens": [token.to_wire() for token in self.tokens],
            "cut_tokens": [token.to_wire() for token in self.cut_tokens],
            "truncated": self.truncated,
            "negative_tokens": [token.to_wire() for token in self.negative_tokens],
            "origins": [origin.to_wire() for origin in self.origins],
            "steps": self.steps,
        }


@dataclass(frozen=True)
class Text(Event):
    """The text embeddings [L, d], the starting noise [C, h, w], and the prompt's unit vector in CLIP's shared space."""

    name = "text"
    text_embedding: NDArray[np.float32]
    unconditional_text_embedding: NDArray[np.float32]
    latent: NDArray[np.float32]
    latent_scale: float
    sigma: float
    picture: bytes
    prompt_embedding: NDArray[np.float64] | None = None

    def to_wire(self) -> Wire:
        return {
            "text_embedding": array_to_wire(self.text_embedding),
            "unconditional_text_embedding": array_to_wire(self.unconditional_text_embedding),
            "start": {
                "latent": array_to_wire(self.latent),
                "latent_scale": self.latent_scale,
                "sigma": self.sigma,
                "picture": picture_to_wire(self.picture),
            },
            "clip_embeddings": None if self.prompt_embedding is None else {"prompt": self.prompt_embedding.tolist()},
        }


@dataclass(frozen=True)
class StepDone(Event):
    """A step is done; `picture` and `predicted_picture` are WebP previews of x_t and x̂0."""

    name = "step"
    step: Step
    num_steps: int
    picture: bytes
    predicted_picture: bytes

    def to_wire(self) -> Wire:
        names = ("latent", "noise_unconditional", "noise_conditional", "noise_guided", "next_latent", "added_noise")
        arrays = {name: getattr(self.step, name) for name in names}
        return {
            "row": self.step.to_wire(),
            "rows": self.num_steps,
            "arrays": {name: array_to_wire(array) for name, array in arrays.items() if array is not None},
            "pictures": {
                "latent": picture_to_wire(self.picture),
                "predicted": picture_to_wire(self.predicted_picture),
            },
        }


@dataclass(frozen=True)
class Decoded(Event):
    """The finished picture, as WebP. `withheld`: the model's safety checker made it black."""

    name = "decoded"
    picture: bytes
    withheld: bool = False

    def to_wire(self) -> Wire:
        return {"picture": picture_to_wire(self.picture), "withheld": self.withheld}


@dataclass(frozen=True)
class Done(Event):
    """The trace is stored under `id`."""

    name = "done"
    last = True
    id: str
    seconds: float

    def to_wire(self) -> Wire:
        return {"id": self.id, "seconds": self.seconds}


@dataclass(frozen=True)
class Failed(Event):
    """Generation went wrong; `problem` is RFC 9457 problem details."""

    name = "failed"
    last = True
    problem: Mapping[str, Any]

    def to_wire(self) -> Wire:
        return dict(self.problem)


@dataclass(frozen=True)
class Cancelled(Event):
    """Stopped on request after `step` complete steps."""

    name = "cancelled"
    last = True
    step: int

    def to_wire(self) -> Wire:
        return {"step": self.step}
