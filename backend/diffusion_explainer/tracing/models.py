"""Loads a diffusers pipeline and says what it is."""

from __future__ import annotations

import hashlib
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

STORYBOOK = "storybook"
_PARTS = ("text_encoder", "text_encoder_2", "unet", "vae")
_SAMPLED_BYTES = 65536  # of each end of a weight file: telling models apart must not cost a second


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
        return _decode(self.pipeline, latents)


def load_model(source: Any = None, device: str | None = None) -> Model:
    """The model at `source`: None for Storybook, a folder, a hub id, or a pipeline already loaded.

    Only a hub id reaches out, and not when HF_HUB_OFFLINE is set. Half precision on a GPU. `device`:
    cuda, mps or cpu; None takes the best there is. Raises ModelNotFound or UnsupportedModel.
    """
    if isinstance(source, DiffusionPipeline):
        return _described(source, type(source).__name__, "in memory", _fingerprint_of_weights(source))
    name, location = _locate(source)
    pipeline = _load(location, device or _best_device())
    named = STORYBOOK if source in (None, STORYBOOK) else str(source)
    return _described(pipeline, name, named, _fingerprint(location), read_clip(Path(location), pipeline.device))


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
    """Without the libraries' warnings and progress bars: a failure raises, and nothing else concerns the user."""
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
        latent_colours=_latent_colours(pipeline, channels),
    )
    return Model(pipeline, card, pipeline.scheduler.config, clip)


def _components(pipeline: Any) -> list[Component]:
    parts = [(role, getattr(pipeline, role, None)) for role in _PARTS]
    return [
        Component(role, type(part).__name__, sum(p.numel() for p in part.parameters()))
        for role, part in parts
        if part is not None
    ]


def _latent_colours(pipeline: Any, channels: int) -> tuple[tuple[float, float, float], ...]:
    """The linear map from a latent cell to a colour that comes closest to the decoder, [C + 1, 3]."""
    latents = np.random.default_rng(0).standard_normal((4, channels, 16, 16)).astype(np.float32)
    pixels = _decode(pipeline, latents).astype(np.float64) / 255
    side = pixels.shape[1] // 16
    colours = pixels.reshape(4, 16, side, 16, side, 3).mean(axis=(2, 4)).reshape(-1, 3)
    cells = latents.transpose(0, 2, 3, 1).reshape(-1, channels)
    fit = np.linalg.lstsq(np.c_[cells, np.ones(len(cells))], colours, rcond=None)[0]
    return tuple((float(r), float(g), float(b)) for r, g, b in fit.round(5))


@torch.no_grad()
def _decode(pipeline: Any, latents: NDArray[np.float32]) -> NDArray[np.uint8]:
    vae, config = pipeline.vae, pipeline.vae.config
    # Channels last: a quarter faster on CPUs. The pipeline's own arithmetic stays as it is, bit for bit.
    tensor = torch.from_numpy(latents).to(vae.device, memory_format=torch.channels_last)
    if getattr(config, "latents_mean", None) is not None:
        shape = (1, -1, 1, 1)
        mean, deviation = (tensor.new_tensor(v).view(shape) for v in (config.latents_mean, config.latents_std))
        tensor = tensor * deviation / config.scaling_factor + mean
    else:
        tensor = tensor / config.scaling_factor
    upcast = vae.dtype == torch.float16 and getattr(config, "force_upcast", False)
    if upcast:
        vae.to(dtype=torch.float32)
    decoded = vae.decode(tensor.to(vae.dtype), return_dict=False)[0]
    if upcast:
        vae.to(dtype=torch.float16)
    pixels = pipeline.image_processor.postprocess(decoded.float(), output_type="np")
    return (pixels * 255).round().astype(np.uint8)  # type: ignore[no-any-return]


def _fingerprint(location: str) -> str:
    """16 hex digits that change when the model's files do."""
    folder = Path(location)
    if not folder.is_dir():
        folder = Path(DiffusionPipeline.download(location, local_files_only=True))
    digest = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.suffix in (".json", ".safetensors", ".bin")):
        digest.update(f"{file.relative_to(folder)} {file.stat().st_size}\n".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_SAMPLED_BYTES))
            stream.seek(max(0, file.stat().st_size - _SAMPLED_BYTES))
            digest.update(stream.read())
    return digest.hexdigest()[:16]


def _fingerprint_of_weights(pipeline: Any) -> str:
    digest = hashlib.sha256(repr(dict(pipeline.scheduler.config)).encode())
    for part in (getattr(pipeline, role, None) for role in _PARTS):
        for name, weight in part.state_dict().items() if part is not None else ():
            sample = weight.detach().flatten()[:256].float().cpu().numpy()
            digest.update(name.encode() + sample.tobytes())
    return digest.hexdigest()[:16]
