"""The samplers on offer: their diffusers classes, and how each keeps its latent.

To offer another, add a row: any diffusers scheduler whose step is linear in the latent and the
predictions will do, and its coefficients follow by themselves (see `coefficients`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from diffusion_explainer.errors import InvalidRequest, UnsupportedModel


@dataclass(frozen=True)
class Sampler:
    """`terms`: what the update mixes over steps: predicted noise, predicted clean latents, or raw output.

    `variance_exploding`: it keeps x0 + σ · ε (variance grows with σ) instead of √ᾱ · x0 + √(1−ᾱ) · ε.
    `second_order`: it calls the model twice a step: every second row of a trace corrects the one before.
    """

    name: str
    title: str
    class_name: str
    terms: Literal["noise", "predicted_latent", "output"] = "noise"
    variance_exploding: bool = False
    second_order: bool = False


SAMPLERS = (
    Sampler("ddim", "DDIM", "DDIMScheduler"),
    Sampler("pndm", "PNDM", "PNDMScheduler", terms="output"),
    Sampler("lms", "LMS", "LMSDiscreteScheduler", variance_exploding=True),
    Sampler("euler", "Euler", "EulerDiscreteScheduler", variance_exploding=True),
    Sampler("euler_ancestral", "Euler ancestral", "EulerAncestralDiscreteScheduler", variance_exploding=True),
    Sampler("dpmpp_2m", "DPM++ 2M", "DPMSolverMultistepScheduler", terms="predicted_latent"),
    Sampler("unipc", "UniPC", "UniPCMultistepScheduler", terms="predicted_latent"),
    Sampler("heun", "Heun", "HeunDiscreteScheduler", variance_exploding=True, second_order=True),
)
# Clipping and thresholding are not linear, and pixel-space habits besides; PNDM's Runge-Kutta start is
# left out as Stable Diffusion does.
_LINEAR = {"clip_sample": False, "thresholding": False, "skip_prk_steps": True}


def build(name: str, config: Any) -> Any:
    """The scheduler `name`, on the noise schedule of `config` (a model's own scheduler configuration)."""
    import diffusers  # seconds to import; the table above is read without it

    for sampler in SAMPLERS:
        if sampler.name == name:
            return getattr(diffusers, sampler.class_name).from_config(config, **_LINEAR)
    raise InvalidRequest("scheduler", name, f"must be one of {', '.join(s.name for s in SAMPLERS)}", "ddim")


def sampler_of(scheduler: Any) -> Sampler:
    """The row that describes a diffusers scheduler; UnsupportedModel for one that is not offered."""
    for sampler in SAMPLERS:
        if type(scheduler).__name__ == sampler.class_name:
            return sampler
    raise UnsupportedModel(f"Steps of {type(scheduler).__name__} cannot be recorded; use one of the offered samplers.")
