"""Records what a stock diffusers pipeline does while it draws.

    with Capture(pipeline) as capture:
        image = pipeline("a cute rabbit", generator=torch.Generator().manual_seed(3)).images[0]
    capture.steps[0][9].noise_conditional       # first prompt, tenth step

The picture does not change: hooks copy tensors and pass them on. One thing changes on purpose: diffusers
computes no unconditional noise for guidance scales up to 1, so its 0 gives the same picture as its 1. Under
capture both halves always run, and 0 really ignores the prompt.
"""

from __future__ import annotations

import copy
import functools
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any

import numpy as np
import torch
from diffusers.utils.torch_utils import randn_tensor
from numpy.typing import NDArray

from diffusion_explainer.errors import NotFinite, UnsupportedModel
from diffusion_explainer.traces import attention, diffusion
from diffusion_explainer.traces.step import Step, recombined

from .coefficients import SymbolicScheduler, takes_generator
from .cross_attention import AttentionMaps, CrossAttention
from .schedulers import sampler_of

Array = NDArray[np.float32]


class Capture:
    """Records every step of the pipeline calls made inside the `with`.

    `steps[i]` are the steps of the i-th prompt of a batch; `text_embeddings` and
    `unconditional_text_embeddings` are [prompts, L, d]; `attention_layers` are those whose mean the
    attention maps are. `on_step(steps)` is called after each scheduler step with that step of every
    prompt; an exception it raises ends the pipeline call, and so does NotFinite at the first step that is no number.
    `maps`: what has the attention maps, where the pipeline's UNet stands for a shared one.
    """

    def __init__(
        self,
        pipeline: Any,
        on_step: Callable[[list[Step]], None] | None = None,
        maps: AttentionMaps | None = None,
    ) -> None:
        self.steps: list[list[Step]] = []
        self.attention_layers: tuple[attention.AttentionLayer, ...] = ()
        self.text_embeddings: Array = np.empty((0, 0, 0), np.float32)
        self.unconditional_text_embeddings = self.text_embeddings
        self._pipeline, self._scheduler = pipeline, pipeline.scheduler
        self._sampler = sampler_of(self._scheduler)
        self._on_step = on_step
        self._maps = maps
        self._halves: tuple[Array, Array] | None = None
        self._symbolic: SymbolicScheduler | None = None

    def __enter__(self) -> Capture:
        with ExitStack() as undo:
            undo.callback(setattr, self._pipeline, "__class__", type(self._pipeline))
            self._pipeline.__class__ = _always_guided(type(self._pipeline))
            self._attention: AttentionMaps = self._maps or CrossAttention(self._pipeline.unet)
            undo.enter_context(self._attention.watching())
            hook = self._pipeline.unet.register_forward_hook(self._see_prediction, with_kwargs=True)
            undo.callback(hook.remove)
            self._scheduler.step = self._watched(self._scheduler.step)
            undo.callback(vars(self._scheduler).pop, "step", None)
            self._undo = undo.pop_all()
        self._clock = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._undo.close()

    @property
    def final_sigma(self) -> float:
        """The noise-to-signal ratio after the last step: usually 0, DDIM leaves a trace of noise."""
        if hasattr(self._scheduler, "sigmas"):
            return float(self._scheduler.sigmas[-1])
        return diffusion.sigma_of(float(self._scheduler.final_alpha_cumprod))

    def latent_scale(self, sigma: float) -> float:
        """What makes a latent of this sampler variance-preserving."""
        return diffusion.signal_level(sigma) if self._sampler.variance_exploding else 1.0

    def _see_prediction(self, unet: Any, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        unconditional, conditional = _numpy(output[0]).reshape(2, -1, *output[0].shape[1:])
        self._check_finite(noise_unconditional=unconditional, noise_conditional=conditional)
        self._halves = unconditional, conditional
        if not self.text_embeddings.size:
            embeddings = _numpy(kwargs["encoder_hidden_states"])
            self.unconditional_text_embeddings, self.text_embeddings = embeddings.reshape(2, -1, *embeddings.shape[1:])

    def _check_finite(self, **tensors: Array) -> None:
        """Raises NotFinite for the first that holds NaN or infinity: no later step would be a picture."""
        for name, tensor in tensors.items():
            if not np.isfinite(tensor).all():
                raise NotFinite(name, len(self.steps[0]) if self.steps else 0)

    def _watched(self, original_step: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original_step)  # pipelines look at its signature
        def step(model_output: Any, timestep: Any, sample: Any, *args: Any, **kwargs: Any) -> Any:
            if self._symbolic is None:
                num_steps = len(self._scheduler.timesteps)
                self._symbolic = SymbolicScheduler(_unwatched_copy(self._scheduler), self._sampler, num_steps)
            before = _numpy(sample)
            self._check_finite(latent=before)
            redraw = self._noise_redrawer(model_output, kwargs.get("generator"))
            stepped = original_step(model_output, timestep, sample, *args, **kwargs)
            self._check_finite(next_latent=_numpy(stepped[0]))
            self._record(timestep, before, _numpy(model_output), _numpy(stepped[0]), redraw)
            return stepped

        return step

    def _noise_redrawer(self, like: Any, generator: Any) -> Callable[[], Array] | None:
        """Draws again, later, the noise that the scheduler is about to add; None if it never draws any."""
        if not takes_generator(self._scheduler):
            return None
        source = generator if generator is not None else torch.default_generator
        again = [_twin(one) for one in source] if isinstance(source, list) else _twin(source)
        return lambda: _numpy(randn_tensor(like.shape, generator=again, device=like.device, dtype=like.dtype))

    def _record(
        self, timestep: Any, before: Array, output: Array, after: Array, redraw: Callable[[], Array] | None
    ) -> None:
        if self._halves is None or self._symbolic is None:
            raise UnsupportedModel("The scheduler stepped before the UNet predicted; this pipeline cannot be traced.")
        sigma = self._sigma(timestep)
        coefficients = self._symbolic.step(timestep, sigma)
        added = redraw() if redraw and "added_noise" in coefficients else None
        self.attention_layers = tuple(self._attention.layers)
        maps = self._attention.take(before.shape[-2:])
        self.steps = self.steps or [[] for _ in before]
        now = time.perf_counter()
        for index, steps in enumerate(self.steps):
            step = Step(
                step=len(steps),
                timestep=_plain(timestep),
                sigma=sigma,
                latent_scale=self.latent_scale(sigma),
                coefficients=coefficients,
                residual=0.0,
                seconds=now - self._clock,
                latent=before[index],
                next_latent=after[index],
                added_noise=None if added is None else added[index],
                attention=maps[index],
                **self._noises(before[index], sigma, index, output[index]),
            )
            residual = diffusion.relative_distance(recombined([*steps, step], step.step), step.next_latent)
            steps.append(replace(step, residual=residual))
        self._clock, self._halves = now, None
        if self._on_step:
            self._on_step([steps[-1] for steps in self.steps])

    def _noises(self, latent: Array, sigma: float, index: int, output: Array) -> dict[str, Any]:
        assert self._halves is not None
        unconditional, conditional = (half[index] for half in self._halves)
        if self._scheduler.config.prediction_type != "v_prediction":
            return {"noise_unconditional": unconditional, "noise_conditional": conditional, "noise_guided": output}
        seen = latent * self.latent_scale(sigma)
        return {
            "noise_unconditional": diffusion.noise_from_velocity(seen, unconditional, sigma),
            "noise_conditional": diffusion.noise_from_velocity(seen, conditional, sigma),
            "noise_guided": diffusion.noise_from_velocity(seen, output, sigma),
            "prediction_unconditional": unconditional,
            "prediction_conditional": conditional,
            "prediction_guided": output,
        }

    def _sigma(self, timestep: Any) -> float:
        if hasattr(self._scheduler, "sigmas"):
            return float(self._scheduler.sigmas[self._scheduler.step_index - 1])
        return diffusion.sigma_of(float(self._scheduler.alphas_cumprod[int(timestep)]))


def _always_guided(pipeline_class: type) -> type:
    """The same pipeline, that computes both halves for every guidance scale."""
    guided = {"do_classifier_free_guidance": property(lambda self: True)}
    return type(pipeline_class.__name__, (pipeline_class,), guided)


def _unwatched_copy(scheduler: Any) -> Any:
    duplicate = copy.deepcopy(scheduler)
    del duplicate.step
    return duplicate


def _twin(generator: torch.Generator) -> torch.Generator:
    twin = torch.Generator(generator.device)
    twin.set_state(generator.get_state())
    return twin


def _numpy(tensor: torch.Tensor) -> Array:
    copied: Array = tensor.detach().float().cpu().numpy().copy()
    return copied


def _plain(timestep: Any) -> float:
    number = float(timestep)
    return int(number) if number.is_integer() else number
