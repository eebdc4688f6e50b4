"""What each recorded tensor is multiplied by to give the next latent.

Every sampler offered is linear: its next latent is a weighted sum of latents and predictions. So the
scheduler itself is run once more on symbols instead of pictures: each quantity is a vector of
coordinates over the primitives (the starting latent, each predicted noise, each added noise), and the
weights are read off the coordinates of the result. No sampler's formula is written down twice, and any
configuration of it (spacing, order, σ schedule) is followed.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import torch
from diffusers.utils.torch_utils import randn_tensor

from diffusion_explainer.traces import diffusion

from .schedulers import Sampler

_HISTORY = 4  # no sampler offered looks further back: PNDM's fourth-order step skips one prediction
_NEGLIGIBLE = 1e-7


class SymbolicScheduler:
    """A scheduler of its own that steps coordinates along with the real one.

    symbolic = SymbolicScheduler(copy.deepcopy(scheduler), sampler, num_steps=25)
    coefficients = symbolic.step(timestep, sigma)      # once for every real step
    """

    def __init__(self, scheduler: Any, sampler: Sampler, num_steps: int) -> None:
        """`scheduler` with its timesteps set and no step made; `num_steps`: how many steps will come."""
        self._scheduler = scheduler
        self._sampler = sampler
        # The starting latent, then one noise and one added noise a row; the last coordinate stays empty
        # unless the scheduler draws noise, and so tells how much of it was added.
        self._primitives = 2 * num_steps + 2
        self._velocity = scheduler.config.prediction_type == "v_prediction"
        self._latents = [self._unit(0)]
        self._noises: list[np.ndarray] = []
        self._predicted: list[np.ndarray] = []
        self._velocities: list[np.ndarray] = []

    def step(self, timestep: Any, sigma: float) -> dict[str, float]:
        """The coefficients of this step, by the name of the tensor they multiply.

        `previous_noise_j`, `previous_predicted_latent_j` and `previous_prediction_j` are the guided noise,
        x̂0 and raw output of j steps ago.
        """
        row, latent = len(self._noises), self._latents[-1]
        scale = diffusion.signal_level(sigma) if self._sampler.variance_exploding else 1.0
        noise = self._unit(1 + 2 * row)
        self._noises.append(noise)
        self._predicted.append(diffusion.predicted_latent(scale * latent, noise, sigma))
        # v = (ε − √(1−ᾱ) · x_t) / √ᾱ, the inverse of diffusion.noise_from_velocity
        velocity = (noise - diffusion.noise_level(sigma) * scale * latent) / diffusion.signal_level(sigma)
        self._velocities.append(velocity)
        stepped, added = self._run(velocity if self._velocity else noise, timestep, latent)
        self._latents.append(stepped + added * self._unit(2 + 2 * row))
        coefficients = min((self._solve(terms, stepped) for terms in self._bases()), key=len)
        return {**coefficients, "added_noise": added} if added else coefficients

    def _run(self, output: np.ndarray, timestep: Any, latent: np.ndarray) -> tuple[np.ndarray, float]:
        """The real scheduler's code on coordinates: the next latent, and the share of fresh noise in it."""
        arguments: dict[str, Any] = {}
        if takes_generator(self._scheduler):
            arguments["generator"] = torch.Generator().manual_seed(0)
        shape = (1, self._primitives, 1, 1)
        tensors = (torch.from_numpy(vector.reshape(shape).copy()) for vector in (output, latent))
        stepped = self._scheduler.step(next(tensors), timestep, next(tensors), return_dict=False, **arguments)[0]
        stepped = stepped.double().numpy().reshape(-1)
        drawn = randn_tensor(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64).numpy().reshape(-1)
        added = stepped[-1] / drawn[-1]
        return stepped - added * drawn, float(added)

    def _bases(self) -> list[dict[str, np.ndarray]]:
        """Sets of named tensors that the next latent may be written in; the shortest answer wins."""
        now, before, history = self._history()
        predictions = {now: history[-1]}
        for back, vector in enumerate(reversed(history[:-1][-_HISTORY:]), start=1):
            predictions[f"{before}_{back}"] = vector
        *_, latent, _ = self._latents
        bases = [{"latent": latent, **predictions}]
        if self._sampler.second_order and len(history) > 1:
            bases.insert(0, {"previous_latent": self._latents[-3], **predictions})
        return bases

    def _history(self) -> tuple[str, str, list[np.ndarray]]:
        if self._sampler.terms == "predicted_latent":
            return "predicted_latent", "previous_predicted_latent", self._predicted
        if self._sampler.terms == "output" and self._velocity:
            return "prediction_guided", "previous_prediction", self._velocities
        return "noise_guided", "previous_noise", self._noises

    @staticmethod
    def _solve(terms: dict[str, np.ndarray], target: np.ndarray) -> dict[str, float]:
        columns = np.stack(list(terms.values()), axis=1)
        lengths = np.linalg.norm(columns, axis=0)
        weights = np.linalg.lstsq(columns / lengths, target, rcond=1e-10)[0]
        negligible = _NEGLIGIBLE * np.abs(weights).max()
        return {
            name: float(weight / length)
            for name, weight, length in zip(terms, weights, lengths, strict=True)
            if abs(weight) > negligible
        }

    def _unit(self, coordinate: int) -> np.ndarray:
        unit: np.ndarray = np.eye(1, self._primitives, coordinate)[0]
        return unit


def takes_generator(scheduler: Any) -> bool:
    """Whether the scheduler's step may draw noise of its own."""
    return "generator" in inspect.signature(scheduler.step).parameters
