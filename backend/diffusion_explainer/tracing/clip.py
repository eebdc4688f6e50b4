"""CLIP's shared space of text and images, for models that ship the half of CLIP that drawing does not need.

Stable Diffusion keeps CLIP's text encoder and drops its image encoder. A model folder that ships the rest as
`clip/` (config.json, model.safetensors), as Storybook does, lets every picture be compared with its prompt:
both become unit vectors of one space, and their cosine says how well they match (Radford et al. 2021,
arXiv 2103.00020). Storybook's image encoder takes latents, so unfinished pictures can be compared too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from diffusion_explainer.traces.trace import Token

Array = NDArray[np.float32]
Vectors = NDArray[np.float64]

_STORED_NAME = "picture_tower"  # of the image encoder, in the files of `clip/`
_GROUPS = 8  # of every GroupNorm
_DIGITS = 6  # of a number of a unit vector


class Clip:
    """Projects prompts and latents into the shared space."""

    def __init__(self, image_encoder: nn.Module, text_projection: torch.Tensor) -> None:
        self.image_encoder, self._text_projection = image_encoder, text_projection

    @torch.no_grad()
    def embed_prompt(self, text_embedding: Array, tokens: Sequence[Token]) -> Vectors:
        """The text embedding [L, d] of the tokens as one unit vector, pooled at the first end token."""
        end = next(token.slot for token in tokens if token.kind == "end")
        hidden = torch.from_numpy(text_embedding[end]).to(self._text_projection)
        return _unit(self._text_projection @ hidden)

    @torch.no_grad()
    def embed_images(self, latents: Array) -> Vectors:
        """Variance-preserving latents [n, C, h, w] as unit vectors [n, D] of the shared space."""
        return _unit(self.image_encoder(torch.from_numpy(latents).to(self._text_projection)))


def read_clip(folder: Path, device: torch.device) -> Clip | None:
    """CLIP from a model's folder; None where it has no `clip/`."""
    if not (folder / "clip" / "config.json").is_file():
        return None
    layers = json.loads((folder / "clip" / "config.json").read_text("utf-8"))[_STORED_NAME]["layers"]
    weights = {name: value.float() for name, value in load_file(folder / "clip" / "model.safetensors").items()}
    image_encoder = nn.Sequential(*(_layer(*layer.split()) for layer in layers))
    prefix = f"{_STORED_NAME}."
    stored = {name[len(prefix) :]: value for name, value in weights.items() if name.startswith(prefix)}
    image_encoder.load_state_dict(stored)
    return Clip(image_encoder.eval().to(device), weights["text_projection.weight"].to(device))


def _layer(kind: str, sizes: str = "0-0", *options: str) -> nn.Module:
    """One layer as config.json names it, e.g. "conv 4-64" or "stage 64-128 stride 2"."""
    inputs, outputs = (int(size) for size in sizes.split("-"))
    if kind == "conv":
        return nn.Conv2d(inputs, outputs, 3, 1, 1)
    if kind == "stage":
        return _stage(inputs, outputs, stride=int(options[1]))
    return nn.Linear(inputs, outputs) if kind == "linear" else nn.Flatten()


def _stage(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    halves: list[Any] = []
    for width, step in ((inputs, stride), (outputs, 1)):
        halves += [nn.Conv2d(width, outputs, 3, step, 1), nn.GroupNorm(_GROUPS, outputs), nn.SiLU()]
    return nn.Sequential(*halves)


def _unit(vectors: torch.Tensor) -> Vectors:
    unit: Vectors = functional.normalize(vectors, dim=-1).cpu().numpy().astype(np.float64).round(_DIGITS)
    return unit
