"""The mathematics of one step, in numpy alone.

A noisy latent mixes signal and noise: x_t = √ᾱ · x0 + √(1−ᾱ) · ε (Ho et al. 2020, arXiv 2006.11239,
eq. 4). Every function takes the level as `sigma` = √((1−ᾱ)/ᾱ), the noise-to-signal ratio, which all
schedulers share (Karras et al. 2022, arXiv 2206.00364). Latents here are variance-preserving, the form
the UNet sees; samplers that keep x0 + σ · ε have it after multiplying by `signal_level(sigma)`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]


def signal_level(sigma: float) -> float:
    """√ᾱ, the share of the clean latent in x_t."""
    return 1 / math.hypot(1, sigma)


def noise_level(sigma: float) -> float:
    """√(1−ᾱ), the share of noise in x_t."""
    return sigma / math.hypot(1, sigma)


def sigma_of(alpha_cumulative: float) -> float:
    """The noise-to-signal ratio of a scheduler's ᾱ."""
    return math.sqrt((1 - alpha_cumulative) / alpha_cumulative)


def guided(noise_unconditional: Array, noise_conditional: Array, guidance_scale: float) -> Array:
    """ε_guided = ε_u + w · (ε_c − ε_u): classifier-free guidance (Ho & Salimans, arXiv 2207.12598)."""
    return noise_unconditional + guidance_scale * (noise_conditional - noise_unconditional)


def conditional(noise_unconditional: Array, noise_guided: Array, guidance_scale: float) -> Array:
    """ε_c = ε_u + (ε_guided − ε_u) / w: guidance undone, for w > 0."""
    return noise_unconditional + (noise_guided - noise_unconditional) / guidance_scale


def predicted_latent(latent: Array, noise: Array, sigma: float) -> Array:
    """x̂0 = (x_t − √(1−ᾱ) · ε) / √ᾱ: what is left if all predicted noise goes at once."""
    return (latent - noise_level(sigma) * noise) / signal_level(sigma)


def noise_from_velocity(latent: Array, velocity: Array, sigma: float) -> Array:
    """ε = √ᾱ · v + √(1−ᾱ) · x_t, for models that predict v (Salimans & Ho, arXiv 2202.00512)."""
    return signal_level(sigma) * velocity + noise_level(sigma) * latent


def relative_distance(a: Array, b: Array) -> float:
    """‖a − b‖ / ‖b‖; 0 for equal tensors."""
    difference = float(np.linalg.norm(a.astype(np.float64) - b))
    return difference / max(float(np.linalg.norm(b)), np.finfo(np.float64).tiny) if difference else 0.0
