"""Encodes each shard of renders once into a file of latents, on which CLIP and the denoiser are trained."""

import json
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderTiny
from torch import Tensor
from transformers import CLIPTokenizer

from storybook.autoencoder import to_pictures
from storybook.tokenizer import encode
from storybook.training import training_device


@torch.no_grad()
def encode_pixels(autoencoder: AutoencoderTiny, pixels: Tensor, batch: int = 25) -> Tensor:
    """uint8 [n, 128, 128, 3] to float16 latents [n, 4, 16, 16]."""
    model = autoencoder.to(training_device(), memory_format=torch.channels_last)
    parts = [model.encode(to_pictures(part.to(training_device()))).latents.half().cpu() for part in pixels.split(batch)]
    return torch.cat(parts)


def write_latents(shard: Path, autoencoder: AutoencoderTiny, tokenizer: CLIPTokenizer) -> None:
    """Writes a shard's `.latents.pt` unless it exists: latents float16 [n, 4, 16, 16], ids int32 [n, captions, 77]."""
    target = latents_path(shard)
    if target.exists():
        return
    captions = json.loads(shard.with_suffix(".json").read_text())["captions"]
    flat = encode(tokenizer, [caption for several in captions for caption in several])
    ids = flat.view(len(captions), -1, flat.shape[1]).to(torch.int32)
    latents = encode_pixels(autoencoder, torch.from_numpy(np.load(shard)))
    partial = target.with_suffix(".partial")
    torch.save({"latents": latents, "ids": ids}, partial)
    partial.rename(target)


def latents_path(shard: Path) -> Path:
    return shard.with_suffix(".latents.pt")


def load_latents(shards: list[Path]) -> tuple[Tensor, Tensor]:
    """Latents float32 [n, 4, 16, 16] and ids int64 [n, captions, 77] of all shards, in order."""
    loaded = [torch.load(latents_path(shard)) for shard in shards]
    return torch.cat([part["latents"] for part in loaded]).float(), torch.cat([part["ids"] for part in loaded]).long()
