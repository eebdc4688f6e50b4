"""Latents through a pipeline's decoder to pixels, and the linear map of latent cells to colors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from diffusion_explainer.errors import NotFinite

_CELLS = 16  # of the side of the random latents that the map is fitted to


@torch.no_grad()
def decode(pipeline: Any, latents: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Variance-preserving latents [n, C, h, w] to pixels [n, H, W, 3], as the stock pipeline decodes them.

    Raises NotFinite where the decoder gives no numbers.
    """
    vae, config = pipeline.vae, pipeline.vae.config
    # Channels last: a quarter faster on CPUs. The pipeline's own arithmetic stays as it is, bit for bit.
    tensor = torch.from_numpy(latents).to(vae.device, memory_format=torch.channels_last)
    if getattr(config, "latents_mean", None) is not None:
        shape = (1, -1, 1, 1)
        mean, deviation = (tensor.new_tensor(v).view(shape) for v in (config.latents_mean, config.latents_std))
        tensor = tensor * deviation / config.scaling_factor + mean
    else:
        tensor = tensor / config.scaling_factor
    with _decoding_precision(vae) as dtype:
        decoded = vae.decode(tensor.to(dtype), return_dict=False)[0].float()
    if not decoded.isfinite().all():
        raise NotFinite("the decoded picture")
    pixels = pipeline.image_processor.postprocess(decoded, output_type="np")
    return (pixels * 255).round().astype(np.uint8)  # type: ignore[no-any-return]


@contextmanager
def _decoding_precision(vae: Any) -> Iterator[torch.dtype]:
    """SDXL's decoder overflows in half precision: it is in single while it decodes, whatever happens in half after."""
    dtype = vae.dtype  # read once: diffusers looks at every weight
    if dtype != torch.float16 or not getattr(vae.config, "force_upcast", False):
        yield dtype
        return
    vae.to(dtype=torch.float32)
    try:
        yield torch.float32
    finally:
        vae.to(dtype=torch.float16)


def latent_colours(pipeline: Any, channels: int) -> tuple[tuple[float, float, float], ...]:
    """The linear map from a latent cell to a color that is closest to the decoder, [C + 1, 3]."""
    latents = np.random.default_rng(0).standard_normal((4, channels, _CELLS, _CELLS)).astype(np.float32)
    pixels = decode(pipeline, latents).astype(np.float64) / 255
    side = pixels.shape[1] // _CELLS
    colours = pixels.reshape(4, _CELLS, side, _CELLS, side, 3).mean(axis=(2, 4)).reshape(-1, 3)
    cells = latents.transpose(0, 2, 3, 1).reshape(-1, channels)
    fit = np.linalg.lstsq(np.c_[cells, np.ones(len(cells))], colours, rcond=None)[0]
    return tuple((float(r), float(g), float(b)) for r, g, b in fit.round(5))
