"""Two traces from the same starting noise: which tokens differ, how far the runs part, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import product
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces import outputs
from diffusion_explainer.traces.diffusion import relative_distance
from diffusion_explainer.traces.step import Step
from diffusion_explainer.traces.trace import Token, Trace

Curve = NDArray[np.float64]
Map = NDArray[np.float32]
Quantity = Literal["latent", "noise_guided", "prompt_impact", "predicted_latent", "picture", "predicted_picture"]

QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)

SHARED = ("seed", "steps", "scheduler")  # without which two runs have no common start and no common steps
_FREE = ("prompt", "negative_prompt", "guidance_scale", "branched_from")


@dataclass(frozen=True)
class TokenChange:
    """Tokens `a` of the first prompt stand where tokens `b` of the second do; either may be empty."""

    kind: Literal["equal", "replace", "delete", "insert"]
    a: tuple[Token, ...]
    b: tuple[Token, ...]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two traces of one model, `a` and `b`, that start from one noise and take the same steps.

    What pulls them may differ: prompt, negative prompt, guidance, and that one branched from the other.

    `latent_distance[k]` is ‖x_b − x_a‖ / ‖x_a‖ before step k, and after the last step; it starts at 0.
    """

    a: Trace
    b: Trace

    def __post_init__(self) -> None:
        if self.a.model.fingerprint != self.b.model.fingerprint:
            raise InvalidRequest("model", self.b.model.name, f"must be {self.a.model.name!r}, as in the first trace")
        check_shared([self.a.request, self.b.request])

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that differ."""
        return tuple(name for name in _FREE if getattr(self.a.request, name) != getattr(self.b.request, name))

    @cached_property
    def tokens(self) -> tuple[TokenChange, ...]:
        """What became of each stretch of tokens, in order; one that is equal too."""
        return token_difference(_text(self.a), _text(self.b))

    @cached_property
    def latent_distance(self) -> Curve:
        """How far the latents are apart, relative to the first run's, [N + 1]."""
        return _distances(self.b.latents, self.a.latents)

    @cached_property
    def noise_distance(self) -> Curve:
        """The same of the guided noise, [N]."""
        pairs = zip(self.b.steps, self.a.steps, strict=True)
        return np.array([relative_distance(b.noise_guided, a.noise_guided) for b, a in pairs])

    @property
    def half_step(self) -> int | None:
        """The first step that begins with half of the final distance; None for equal runs."""
        final = self.latent_distance[-1]
        return int(np.argmax(self.latent_distance >= final / 2)) if final else None

    def difference_maps(self, quantity: Quantity) -> Map:
        """Size of b − a over the channels, [N, h, w]: one scale for all steps, from 0 to its maximum.

        Latents are variance-preserving, as the UNet sees them, so that samplers compare. Those of pictures are
        of the previews that a trace holds, [N, H, W] of colours from 0 to 1: compressed with loss, and shrunk where
        many steps of large pictures are in one sheet. They are not the differences of the decoded pictures.
        """
        pairs = zip(self.b.steps, self.a.steps, strict=True)
        return np.stack([np.linalg.norm(_tensor(b, quantity) - _tensor(a, quantity), axis=0) for b, a in pairs])

    def largest_differences(self) -> dict[Quantity, float]:
        """The end of each quantity's scale: its largest difference in any cell of any step."""
        return {quantity: float(self.difference_maps(quantity).max()) for quantity in QUANTITIES}

    @cached_property
    def text_distance(self) -> Curve:
        """How far each slot's state is apart, [L]: 0 before the first differing token, for the encoder is causal."""
        distances: Curve = np.linalg.norm(self.b.text_embedding - self.a.text_embedding, axis=1)
        return distances

    def _repr_html_(self) -> str:
        return outputs.registered().html(self)


def check_shared(requests: Sequence[TraceRequest]) -> None:
    """Raises InvalidRequest for a request that cannot be compared with the first."""
    first = requests[0]
    for request, field in product(requests[1:], SHARED):
        value, wanted = getattr(request, field), getattr(first, field)
        if value != wanted:
            raise InvalidRequest(field, value, f"must be {wanted!r}, as in the first run", wanted)


def token_difference(a: Sequence[Token], b: Sequence[Token]) -> tuple[TokenChange, ...]:
    """The stretches that turn `a` into `b`; inside a word too, for its pieces are tokens."""
    matcher = SequenceMatcher(None, [token.id for token in a], [token.id for token in b], autojunk=False)
    return tuple(
        TokenChange(kind, tuple(a[a_from:a_to]), tuple(b[b_from:b_to]))
        for kind, a_from, a_to, b_from, b_to in matcher.get_opcodes()
    )


def _tensor(step: Step, quantity: Quantity) -> Map:
    """The quantity of a step as [channels, height, width]."""
    if quantity == "latent":
        return step.latent_scale * step.latent
    if quantity in ("picture", "predicted_picture"):
        return np.asarray(getattr(step, quantity), np.float32).transpose(2, 0, 1) / np.float32(255)
    tensor: Map = getattr(step, quantity)
    return tensor


def _text(trace: Trace) -> list[Token]:
    return [token for token in trace.tokens if token.kind == "text"]


def _distances(b: NDArray[np.float32], a: NDArray[np.float32]) -> Curve:
    return np.array([relative_distance(after, before) for after, before in zip(b, a, strict=True)])
