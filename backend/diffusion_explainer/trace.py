"""One traced generation: what was asked, what the model read, and every step it made.

Shapes: C latent channels, h × w latent cells, N steps, L token slots (77), d numbers a slot. Latents
and noises are [C, h, w] float32. `noise_*` is ε, whatever the model predicts: for a v-prediction model
the raw output is kept as `prediction_*`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import diffusion
from .request import TraceRequest

Array: TypeAlias = NDArray[np.float32]
TokenKind: TypeAlias = Literal["start", "text", "end", "padding", "cut"]


@dataclass(frozen=True)
class Token:
    """One slot of the prompt. `word`: the word this piece belongs to, the `word_index`-th of the prompt.

    A token of kind "cut" did not fit: it has no slot and the model never saw it.
    """

    slot: int | None
    id: int
    text: str
    word: str | None
    word_index: int | None
    kind: TokenKind

    def to_wire(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class EarlierRun:
    """A run that another branched from: the rows before `step` are as in the trace `id`, and read `tokens`."""

    step: int
    id: str
    tokens: tuple[Token, ...]

    def to_wire(self) -> dict[str, Any]:
        return {"step": self.step, "id": self.id, "tokens": [token.to_wire() for token in self.tokens]}

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> EarlierRun:
        return cls(wire["step"], wire["id"], tuple(Token(**token) for token in wire["tokens"]))


@dataclass(frozen=True)
class Component:
    """One part of a model: its role in the pipeline, class and number of parameters."""

    role: str
    class_name: str
    parameters: int

    def to_wire(self) -> dict[str, Any]:
        return {"role": self.role, "class": self.class_name, "parameters": self.parameters}


@dataclass(frozen=True)
class ModelCard:
    """Which model made a trace, and the sizes that follow from it.

    `image_size` is (width, height) in pixels, `latent_shape` (C, h, w), `text_shape` (L, d).
    `latent_colours` [C + 1, 3] maps the C numbers of a latent cell and a constant 1 to red, green and
    blue in 0..1: a linear fit to the decoder, hence approximate.
    """

    name: str
    source: str
    fingerprint: str
    pipeline: str
    prediction_type: str
    image_size: tuple[int, int]
    latent_shape: tuple[int, int, int]
    text_shape: tuple[int, int]
    train_timesteps: int
    components: tuple[Component, ...]
    latent_colours: tuple[tuple[float, float, float], ...]

    def to_wire(self) -> dict[str, Any]:
        wire = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**wire, "components": [component.to_wire() for component in self.components]}

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> ModelCard:
        components = tuple(Component(c["role"], c["class"], c["parameters"]) for c in wire["components"])
        colours = tuple(tuple(row) for row in wire["latent_colours"])
        shapes = {name: tuple(wire[name]) for name in ("image_size", "latent_shape", "text_shape")}
        return cls(**{**wire, **shapes, "components": components, "latent_colours": colours})


@dataclass(frozen=True)
class Match:
    """How well the picture of a step matches the prompt: cosine similarities in CLIP's shared space, −1..1.

    `latent`: of x_t as it is; `predicted`: of x̂0, the picture it is heading for.
    """

    latent: float
    predicted: float


@dataclass(frozen=True)
class Meeting:
    """Prompt and finished picture where CLIP lets them meet: unit vectors, whose product is their similarity."""

    prompt: tuple[float, ...]
    picture: tuple[float, ...]

    @property
    def similarity(self) -> float:
        return float(np.dot(self.prompt, self.picture))

    def to_wire(self) -> dict[str, Any]:
        return {"prompt": list(self.prompt), "picture": list(self.picture)}

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> Meeting:
        return cls(tuple(wire["prompt"]), tuple(wire["picture"]))


@dataclass(frozen=True, eq=False)
class SpriteSheet:
    """Pictures of one size in one WebP, row by row."""

    encoded: bytes
    frames: int
    columns: int
    width: int
    height: int

    @cached_property
    def image(self) -> Image.Image:
        return Image.open(io.BytesIO(self.encoded)).convert("RGB")

    def frame(self, k: int) -> Image.Image:
        """Picture k; IndexError outside 0..frames-1."""
        if not 0 <= k < self.frames:
            raise IndexError(f"frame {k} of a sheet of {self.frames}")
        left, top = self.width * (k % self.columns), self.height * (k // self.columns)
        return self.image.crop((left, top, left + self.width, top + self.height))


@dataclass(frozen=True, eq=False)
class Step:
    """Row `step` of a trace (0-based): one call of the scheduler at `timestep`.

    `sigma` is the noise-to-signal ratio √((1−ᾱ)/ᾱ); `signal_level` √ᾱ and `noise_level` √(1−ᾱ).
    `latent_scale` · `latent` is the variance-preserving latent that the UNet sees.
    next_latent = Σ coefficients[name] · tensor of that name, to within `residual` (relative).
    `attention` [T, h, w] is where each slot is read, from start to end, and last all padding together.
    `match` is None for a model that has no picture tower.
    """

    step: int
    timestep: float
    sigma: float
    latent_scale: float
    coefficients: dict[str, float]
    residual: float
    seconds: float
    latent: Array
    noise_unconditional: Array
    noise_conditional: Array
    noise_guided: Array
    next_latent: Array
    added_noise: Array | None = None
    prediction_unconditional: Array | None = None
    prediction_conditional: Array | None = None
    prediction_guided: Array | None = None
    match: Match | None = None
    attention: NDArray[np.floating[Any]] | None = field(default=None, repr=False)
    pictures: tuple[SpriteSheet, SpriteSheet] | None = field(default=None, repr=False)

    @property
    def signal_level(self) -> float:
        return diffusion.signal_level(self.sigma)

    @property
    def noise_level(self) -> float:
        return diffusion.noise_level(self.sigma)

    @cached_property
    def prompt_impact(self) -> Array:
        """What the prompt changes: conditional − unconditional noise, [C, h, w]."""
        return self.noise_conditional - self.noise_unconditional

    @cached_property
    def predicted_latent(self) -> Array:
        """x̂0, [C, h, w]: the clean latent if all the noise predicted now went at once."""
        return diffusion.predicted_latent(self.latent * self.latent_scale, self.noise_guided, self.sigma)

    @property
    def picture(self) -> Image.Image:
        """x_t, decoded: the picture this step starts from."""
        return self._sheets()[0].frame(self.step)

    @property
    def predicted_picture(self) -> Image.Image:
        """x̂0, decoded: the picture this step is heading for."""
        return self._sheets()[1].frame(self.step)

    @property
    def norms(self) -> dict[str, float]:
        """Euclidean lengths of this step's tensors."""
        names = (
            "latent",
            "noise_unconditional",
            "noise_conditional",
            "noise_guided",
            "prompt_impact",
            "predicted_latent",
        )
        return {name: float(np.linalg.norm(getattr(self, name))) for name in names}

    def to_wire(self) -> dict[str, Any]:
        """The row of the step table: everything but the tensors."""
        names = ("step", "timestep", "sigma", "signal_level", "noise_level", "latent_scale", "coefficients", "residual")
        row = {**{name: getattr(self, name) for name in names}, "norms": self.norms, "seconds": self.seconds}
        return {**row, "match": asdict(self.match) if self.match else None}

    def _sheets(self) -> tuple[SpriteSheet, SpriteSheet]:
        if self.pictures is None:
            raise AttributeError("this step was recorded without pictures")
        return self.pictures


@dataclass(frozen=True, eq=False)
class Trace:
    """One generation, from tokens to picture.

    `text_embedding` and `unconditional_text_embedding` are [L, d]: what the UNet reads for the prompt
    and for the negative (or empty) prompt. `final_sigma` and `final_latent_scale` belong to the latent
    after the last step. `picture_png` is the finished picture, lossless.

    A run that branched from another has its `origins`, oldest first. Tokens and representations are those
    it branched to; the attention maps of the rows before are of the tokens of the origin.

    `meeting` is None for a model that has no picture tower, and in bundles of before there was one.
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
    meeting: Meeting | None = None

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

    def save(self, url: str, *, exact: bool = False) -> str:
        """Writes the bundle folder `url` (any fsspec URL); `exact` keeps float32. Returns its URL."""
        from .bundle import save_trace

        return save_trace(self, url, exact=exact)

    def export(self, path: str | Path, kind: Literal["latent", "predicted"] = "latent") -> Path:
        """Writes one file: .png, .webp, .gif, .mp4, .html, .json, .safetensors or .zip, as its suffix says.

        `kind`: whether a moving picture shows what each step has, or what it is heading for.
        """
        from .formats import export

        return export(self, path, kind)

    def _repr_html_(self) -> str:
        from .notebook import trace_html

        return trace_html(self)


def recombined(steps: Sequence[Step], k: int) -> Array:
    """Σ coefficient · tensor of step k, from recorded tensors alone: the scheduler's arithmetic, redone. [C, h, w]."""
    total = np.zeros_like(steps[k].latent, dtype=np.float64)
    for name, coefficient in steps[k].coefficients.items():
        total += coefficient * _term(steps, k, name).astype(np.float64)
    return total.astype(np.float32)


_PREVIOUS = {
    "previous_noise": "noise_guided",
    "previous_predicted_latent": "predicted_latent",
    "previous_prediction": "prediction_guided",
}


def _term(steps: Sequence[Step], k: int, name: str) -> Array:
    if name == "previous_latent":
        return steps[k - 1].latent
    base, _, back = name.rpartition("_")
    tensor = getattr(steps[k - int(back)], _PREVIOUS[base]) if base in _PREVIOUS else getattr(steps[k], name)
    if tensor is None:
        raise KeyError(name)
    return tensor  # type: ignore[no-any-return]
