"""Where the words are read: cross-attention of all layers and heads as one small map a token.

Cross-attention shows where the UNet reads a token, not what the token causes (Tang et al. 2023, DAAM,
arXiv 2210.04885). At every cell the shares of all slots add up to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class AttentionLayer:
    """One cross-attention layer: its `cells` ask, once in each of its `heads`, with queries of `head_dim` numbers."""

    cells: int
    heads: int
    head_dim: int

    def to_wire(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_wire(cls, wire: dict[str, int]) -> AttentionLayer:
        return cls(**wire)


def layer_shape(cells: int, latent_shape: tuple[int, int]) -> tuple[int, int]:
    """(height, width) of a layer with that many cells: the latent's (h, w), halved some times, rounded up."""
    height, width = latent_shape
    while height * width > cells:
        height, width = -(-height // 2), -(-width // 2)
    return height, width


def merged(layers: Sequence[Array], latent_shape: tuple[int, int]) -> Array:
    """The mean of layers [L, cells], each laid over the latent's (h, w): [L, h, w]."""
    mean: Array = np.mean([_laid_over(layer, latent_shape) for layer in layers], axis=0, dtype=np.float32)
    return mean


def by_token(maps: NDArray[Any], used: int) -> Array:
    """The first `used` slots of [L, h, w] as they are, and the sum of the rest (padding): [used + 1, h, w]."""
    padding = maps[used:].sum(axis=0, keepdims=True, dtype=np.float32)
    return np.concatenate([maps[:used].astype(np.float32), padding])


def _laid_over(layer: Array, latent_shape: tuple[int, int]) -> Array:
    height, width = layer_shape(layer.shape[1], latent_shape)
    rows, columns = (np.arange(n) * m // n for n, m in zip(latent_shape, (height, width), strict=True))
    return layer.reshape(-1, height, width)[:, rows[:, None], columns]
