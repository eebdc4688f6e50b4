"""One step of a trace: what went into the scheduler, what came out, and the arithmetic between.

Shapes: C latent channels, h × w latent cells. Latents and noises are [C, h, w] float32. `noise_*` is ε,
whatever the model predicts: for a v-prediction model the raw output is kept as `prediction_*`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import diffusion
from .sprites import SpriteSheet

Array: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True)
class ClipSimilarity:
    """How well the picture of a step matches the prompt: cosine similarities in CLIP's shared space, −1..1.

    `latent`: of x_t; `predicted`: of x̂0 (Radford et al. 2021, arXiv 2103.00020).
    """

    latent: float
    predicted: float


@dataclass(frozen=True, eq=False)
class Step:
    """Step `step` of a trace (0-based): one call of the scheduler at `timestep`.

    `sigma` is the noise-to-signal ratio √((1−ᾱ)/ᾱ); `signal_level` √ᾱ and `noise_level` √(1−ᾱ).
    `latent_scale` · `latent` is the variance-preserving latent that the UNet sees.
    next_latent = Σ coefficients[name] · tensor of that name, to within `residual` (relative).
    `attention` [T, h, w]: the share of attention of each slot, from start to end, and last of all padding together.
    `clip_similarity` is None for a model without an image encoder.
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
    clip_similarity: ClipSimilarity | None = None
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
        """x̂0, [C, h, w]: the clean latent if all the predicted noise were removed at once."""
        return diffusion.predicted_latent(self.latent * self.latent_scale, self.noise_guided, self.sigma)

    @property
    def picture(self) -> Image.Image:
        """x_t, decoded: the picture this step starts from, as a preview (compressed with loss, perhaps shrunk)."""
        return self._sheets()[0].frame(self.step)

    @property
    def predicted_picture(self) -> Image.Image:
        """x̂0, decoded: the picture that this step predicts, as a preview."""
        return self._sheets()[1].frame(self.step)

    @property
    def norms(self) -> dict[str, float]:
        """Euclidean norms of this step's tensors."""
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
        return {**row, "clip_similarity": asdict(self.clip_similarity) if self.clip_similarity else None}

    def _sheets(self) -> tuple[SpriteSheet, SpriteSheet]:
        if self.pictures is None:
            raise AttributeError("this step was recorded without pictures")
        return self.pictures


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
