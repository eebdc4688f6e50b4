"""Loads a diffusers pipeline and describes it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from diffusers import DiffusionPipeline
from numpy.typing import NDArray

from diffusion_explainer import resources
from diffusion_explainer.errors import ModelNotFound, UnsupportedModel
from diffusion_explainer.traces.model_card import Component, ModelCard

from . import schedulers
from .clip import Clip, read_clip
from .decoder import decode, latent_colours
from .fingerprint import fingerprint_of_files, fingerprint_of_weights

STORYBOOK = "storybook"
_PARTS = ("text_encoder", "text_encoder_2", "unet", "vae")


@dataclass(frozen=True)
class Model:
    """A loaded pipeline with its card, and `clip` where its folder ships it.

    `lock` is held by the one generation that uses the pipeline at a time.
    """

    pipeline: Any
    card: ModelCard
    scheduler_config: Any
    clip: Clip | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

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

    Only a hub id needs the network, and none if HF_HUB_OFFLINE is set. Half precision on a GPU. `device`:
    cuda, mps or cpu; None takes the best that is available. Raises ModelNotFound or UnsupportedModel.
    """
    if isinstance(source, DiffusionPipeline):
        return _described(source, type(source).__name__, "in memory", fingerprint_of_weights(source))
    name, location = _locate(source)
    pipeline = _load(location, device or _best_device())
    named = STORYBOOK if source in (None, STORYBOOK) else str(source)
    return _described(pipeline, name, named, fingerprint_of_files(location), read_clip(Path(location), pipeline.device))


def _locate(source: Any) -> tuple[str, str]:
    if source in (None, STORYBOOK):
        return "Storybook", str(resources.storybook())
    folder = Path(source).expanduser()
    return (folder.resolve().name, str(folder)) if folder.is_dir() else (str(source), str(source))


def _load(location: str, device: str) -> Any:
    dtype = torch.float32 if device == "cpu" else torch.float16
    try:
        with quiet():
            pipeline = DiffusionPipeline.from_pretrained(
                location, dtype=dtype, local_files_only=Path(location).is_dir()
            )
    except Exception as error:  # the hub client raises a dozen unrelated kinds
        raise ModelNotFound(location, f"{error} Give a diffusers folder, or the hub id of one.") from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


@contextmanager
def quiet() -> Iterator[None]:
    """Silences the libraries' warnings and progress bars; failures still raise."""
    loggers = (diffusers.utils.logging, transformers.utils.logging)
    before = [(logger, logger.get_verbosity(), logger.is_progress_bar_enabled()) for logger in loggers]
    for logger in loggers:
        logger.set_verbosity_error()
        logger.disable_progress_bar()
    try:
        yield
    finally:
        for logger, verbosity, progress_bar in before:
            logger.set_verbosity(verbosity)
            if progress_bar:
                logger.enable_progress_bar()


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _described(pipeline: Any, name: str, source: str, fingerprint: str, clip: Clip | None = None) -> Model:
    missing = [part for part in ("unet", "vae", "tokenizer", "scheduler") if getattr(pipeline, part, None) is None]
    if missing:
        raise UnsupportedModel(
            f"{name} is a {type(pipeline).__name__} without {' and '.join(missing)}; "
            "models built like Stable Diffusion 1, 2 or XL can be traced."
        )
    cells, pixels = pipeline.unet.config.sample_size, pipeline.unet.config.sample_size * pipeline.vae_scale_factor
    channels = pipeline.unet.config.in_channels
    card = ModelCard(
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
    return Model(pipeline, card, pipeline.scheduler.config, clip)


def _components(pipeline: Any) -> list[Component]:
    parts = [(role, getattr(pipeline, role, None)) for role in _PARTS]
    return [
        Component(role, type(part).__name__, sum(p.numel() for p in part.parameters()))
        for role, part in parts
        if part is not None
    ]
