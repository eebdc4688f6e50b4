"""The shipped tables of samplers, played in numpy as the page plays them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from diffusion_explainer import resources
from diffusion_explainer.traces import diffusion
from diffusion_explainer.traces.step import Step, recombined

Array = NDArray[np.float32]

SHAPE = (1, 4, 16, 16)


def shipped(name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((resources.schedules() / f"{name}.json").read_text("utf-8"))
    return table


def rows_of(table: dict[str, Any], steps: int) -> list[list[float]]:
    runs = table["schedules"][str(steps)]["runs"]
    return [row for first, count in runs for row in table["rows"][first : first + count]]


def play(
    table: dict[str, Any], steps: int, noises: Iterator[Array], predict: Callable[[Array, int], Array]
) -> Iterator[Array]:
    """The latents of a run; `predict(latent, timestep)`: the guided noise in a variance-preserving latent."""
    latent, made = table["schedules"][str(steps)]["start_scale"] * next(noises), list[Step]()
    yield latent
    for timestep, sigma, *factors in rows_of(table, steps):
        scale = diffusion.signal_level(sigma) if table["variance_exploding"] else 1.0
        guided = predict(np.float32(scale) * latent, int(timestep))
        coefficients = {term: factor for term, factor in zip(table["terms"], factors, strict=True) if factor}
        numbers: dict[str, Any] = {"timestep": timestep, "sigma": sigma, "latent_scale": scale, "residual": 0.0}
        predicted = dict.fromkeys(("noise_unconditional", "noise_conditional", "noise_guided"), guided)
        tensors = {"latent": latent, "next_latent": latent, "added_noise": next(noises), **predicted}
        made.append(Step(step=len(made), seconds=0.0, coefficients=coefficients, **numbers, **tensors))
        latent = recombined(made, len(made) - 1)
        yield latent


def noises(seed: int) -> Iterator[Array]:
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(SHAPE, generator=generator).numpy() for _ in itertools.count())
