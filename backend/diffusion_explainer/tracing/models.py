"""Loads a diffusers pipeline and describes it."""

from __future__ import annotations

import contextlib
import inspect
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from diffusers import DiffusionPipeline
from numpy.typing import NDArray

from diffusion_explainer import resources
from diffusion_explainer.errors import DiffusionExplainerError, InvalidRequest, ModelNotFound, UnsupportedModel
from diffusion_explainer.traces.model_card import Component, ModelCard

from . import schedulers
from .clip import Clip, read_clip
from .decoder import decode, latent_colours
from .fingerprint import fingerprint_of_files, fingerprint_of_pipeline
from .pipeline_lock import PipelineLock, lock_of
from .quiet import quiet

STORYBOOK = "storybook"
_PARTS = ("text_encoder", "text_encoder_2", "unet", "vae")
_loading = threading.Lock()  # diffusers and transformers patch torch while they load: one at a time in a process


@dataclass(frozen=True)
class Model:
    """A loaded pipeline with its card, and `clip` where its folder ships it.

    `state` is the fingerprint of the pipeline as it was when the card was written.
    """

    pipeline: Any
    card: ModelCard
    scheduler_config: Any
    state: str
    clip: Clip | None = None

    @property
    def lock(self) -> PipelineLock:
        """Held by the one generation that uses the pipeline at a time."""
        return lock_of(self.pipeline)

    def current(self) -> Model:
        """The same model, with a card of its own where the pipeline was changed since (a LoRA was loaded, say)."""
        with self.lock:
            state = _state(self.pipeline, self.scheduler_config, self.clip)
            if state == self.state:
                return self
            return _described(self.pipeline, self.card.name, self.card.source, self.scheduler_config, self.clip)

    def scheduler(self, name: str) -> Any:
        """A fresh scheduler of that name on this model's noise schedule."""
        return schedulers.build(name, self.scheduler_config)

    def num_steps(self, name: str, steps: int) -> int:
        """How many steps a trace has when `steps` are asked for: Heun and PNDM call the model more often."""
        scheduler = self.scheduler(name)
        scheduler.set_timesteps(steps)
        return len(scheduler.timesteps)

    def decode(self, latents: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Variance-preserving latents [n, C, h, w] through the decoder to pixels [n, H, W, 3]."""
        return decode(self.pipeline, latents)


def load_model(source: Any = None, device: str | None = None) -> Model:
    """The model at `source`: None for Storybook, a folder, a hub id, or a pipeline already loaded.

    Only a hub id needs the network, and none if HF_HUB_OFFLINE is set. Half precision on a GPU, but for Storybook,
    whose gallery is in single. `device`: cuda, mps or cpu; None takes the best that is available; a pipeline already
    loaded stays where it is. Raises ModelNotFound, UnsupportedModel, or InvalidRequest for a device that is not there.
    """
    if isinstance(source, DiffusionPipeline):
        _check_parts(source)
        with lock_of(source):
            return _described(source, type(source).__name__, "in memory", source.scheduler.config)
    kind = _device(device)
    name, location = _locate(source)
    named = STORYBOOK if source in (None, STORYBOOK) else str(source)
    dtype = torch.float32 if torch.device(kind).type == "cpu" or named == STORYBOOK else torch.float16
    with _loading:
        pipeline, fingerprint, clip = _load(location, dtype, kind)
    _check_parts(pipeline)
    return _described(pipeline, name, named, pipeline.scheduler.config, clip, fingerprint)


def _device(name: str | None) -> str:
    if name is None:
        return _best_device()
    try:
        torch.zeros(1, device=name).item()
    except Exception as error:  # torch raises a different kind for each way in which a device is not there
        must = "must be cuda, mps or cpu, one that this computer has"
        raise InvalidRequest("device", name, must, _best_device()) from error
    return name


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _locate(source: Any) -> tuple[str, str]:
    if source in (None, STORYBOOK):
        return "Storybook", str(resources.storybook())
    if not isinstance(source, (str, Path)):
        raise ModelNotFound(type(source).__name__, "a model is a folder, a hub id or a diffusers pipeline.")
    try:
        folder = Path(source).expanduser()
        return (folder.resolve().name, str(folder)) if folder.is_dir() else (str(source), str(source))
    except (ValueError, OSError, RuntimeError) as error:  # text that cannot be a path
        raise _not_found(str(source)[:200], error) from error


def _load(location: str, dtype: torch.dtype, device: str) -> tuple[Any, str, Clip | None]:
    """The pipeline, the fingerprint of its files, and CLIP."""
    try:
        with quiet(logging.CRITICAL), _without_progress_bars():  # an error is raised, and need not be logged too
            pipeline = DiffusionPipeline.from_pretrained(
                location, dtype=dtype, local_files_only=Path(location).is_dir()
            ).to(device)
            fingerprint = fingerprint_of_files(location, dtype)
            clip = read_clip(Path(location), pipeline.device)
    except Exception as error:  # the hub client raises a dozen unrelated kinds
        raise _not_found(location, error) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline, fingerprint, clip


def _not_found(location: str, error: Exception) -> ModelNotFound:
    reason = " ".join(str(error).split())
    return ModelNotFound(location, f"{reason} Give a diffusers folder, or the hub id of one.")


@contextlib.contextmanager
def _without_progress_bars() -> Iterator[None]:
    """Without the libraries' bars; they are switched for the whole process, so `_loading` must be held."""
    switched_off = [library.utils.logging for library in (diffusers, transformers)]
    switched_off = [library for library in switched_off if library.is_progress_bar_enabled()]
    for library in switched_off:
        library.disable_progress_bar()
    try:
        yield
    finally:
        for library in switched_off:
            library.enable_progress_bar()


def _check_parts(pipeline: Any) -> None:
    """Raises UnsupportedModel for a pipeline that is not built like Stable Diffusion."""
    missing = [part for part in ("unet", "vae", "tokenizer", "scheduler") if getattr(pipeline, part, None) is None]
    if missing:
        raise _unsupported(pipeline, f"is without {' and '.join(missing)}")
    if "image" in inspect.signature(type(pipeline).__call__).parameters:
        raise _unsupported(pipeline, "starts from an image")


def _unsupported(pipeline: Any, why: str) -> UnsupportedModel:
    return UnsupportedModel(
        f"The {type(pipeline).__name__} {why}; text-to-image models like Stable Diffusion 1, 2 or XL can be traced."
    )


def _described(
    pipeline: Any,
    name: str,
    source: str,
    scheduler_config: Any,
    clip: Clip | None = None,
    fingerprint: str | None = None,
) -> Model:
    """`fingerprint`: of the files that the pipeline was loaded from; None where it may have been changed since."""
    state = _state(pipeline, scheduler_config, clip)
    try:
        card = _card(pipeline, name, source, fingerprint or state)
    except DiffusionExplainerError:
        raise
    except Exception as error:  # a part of another build: no size that can be read, channels that do not fit
        raise _unsupported(pipeline, f"cannot be described ({' '.join(str(error).split())})") from error
    return Model(pipeline, card, scheduler_config, state, clip)


def _state(pipeline: Any, scheduler_config: Any, clip: Clip | None) -> str:
    return fingerprint_of_pipeline(pipeline, scheduler_config, {"clip": clip.image_encoder} if clip else {})


def _card(pipeline: Any, name: str, source: str, fingerprint: str) -> ModelCard:
    cells, pixels = pipeline.unet.config.sample_size, pipeline.unet.config.sample_size * pipeline.vae_scale_factor
    channels = pipeline.unet.config.in_channels
    return ModelCard(
        name=name,
        source=source,
        fingerprint=fingerprint,
        pipeline=type(pipeline).__name__,
        prediction_type=pipeline.scheduler.config.prediction_type,
        image_size=(pixels, pixels),
        latent_shape=(channels, cells, cells),
        text_shape=(pipeline.tokenizer.model_max_length, pipeline.unet.config.cross_attention_dim),
        train_timesteps=pipeline.scheduler.config.num_train_timesteps,
        components=tuple(_components(pipeline)),
        latent_colours=latent_colours(pipeline, channels),
    )


def _components(pipeline: Any) -> list[Component]:
    parts = [(role, getattr(pipeline, role, None)) for role in _PARTS]
    return [
        Component(role, type(part).__name__, sum(p.numel() for p in part.parameters()))
        for role, part in parts
        if part is not None
    ]
