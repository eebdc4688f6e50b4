"""Writes the trained parts as a plain diffusers folder that stock `StableDiffusionPipeline.from_pretrained` loads.

The folder is written beside its place and then moved in file by file, so that a reader always finds whole files.
"""

import json
import math
import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderTiny, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTokenizer

from storybook.autoencoder import new_autoencoder
from storybook.clip import READ_SLOTS, SHARED, WIDTH, Clip
from storybook.denoiser import new_scheduler

LIMIT = 56 * 2**20


def assemble(
    autoencoder: AutoencoderTiny,
    tokenizer: CLIPTokenizer,
    text_tower: CLIPTextModel,
    denoiser: UNet2DConditionModel,
) -> StableDiffusionPipeline:
    """The pipeline, without safety checker, whose defaults draw 128×128."""
    return StableDiffusionPipeline(
        vae=autoencoder,
        text_encoder=text_tower,
        tokenizer=tokenizer,
        unet=denoiser,
        scheduler=new_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def write_clip(clip: Clip, folder: Path) -> None:
    """The picture tower and the projections; the text tower is the pipeline's `text_encoder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"picture_tower.{name}": value for name, value in clip.picture_tower.state_dict().items()}
    tensors["text_projection.weight"] = clip.text_projection.weight.detach()
    tensors = {name: value.half().contiguous() for name, value in tensors.items()}
    save_file(tensors, folder / "model.safetensors")
    config = {
        "about": "CLIP's picture tower and text projection. Pictures enter as this folder's latents [n, 4, 16, 16]. "
        "A text enters as text_encoder's last hidden state at the first end token, times text_projection. Both "
        "sides are then divided by their length; their product is the cosine similarity.",
        "picture_tower": {
            "input": [4, 16, 16],
            "layers": [
                "conv 4-64",
                "stage 64-64 stride 1",
                "stage 64-128 stride 2",
                "stage 128-192 stride 2",
                "flatten",
                "linear 3072-128",
            ],
            "stage": "conv3x3, GroupNorm(8), SiLU, conv3x3, GroupNorm(8), SiLU",
        },
        "text_width": WIDTH,
        "shared_width": SHARED,
        "text_slots_read_in_training": READ_SLOTS,
        "temperature": round(clip.temperature.exp().clamp(max=100).item(), 4),
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")


def read_autoencoder(folder: Path) -> AutoencoderTiny:
    """An autoencoder with the encoder of an exported model, and with its decoder where that has today's shape."""
    stored, autoencoder = AutoencoderTiny.from_pretrained(folder / "vae"), new_autoencoder()
    autoencoder.encoder.load_state_dict(stored.encoder.state_dict())
    shape = ("decoder_block_out_channels", "num_decoder_blocks")
    if all(list(stored.config[name]) == list(autoencoder.config[name]) for name in shape):
        autoencoder.decoder.load_state_dict(stored.decoder.state_dict())
    return autoencoder


def read_denoiser(folder: Path) -> UNet2DConditionModel:
    """The denoiser of an exported model."""
    return UNet2DConditionModel.from_pretrained(folder / "unet")


def read_clip(folder: Path) -> Clip:
    """Both towers of an exported model, with their temperature."""
    clip = Clip()
    weights = {name: value.float() for name, value in load_file(folder / "clip" / "model.safetensors").items()}
    clip.load_state_dict(weights, strict=False)
    clip.text_tower = CLIPTextModel.from_pretrained(folder / "text_encoder")
    temperature = json.loads((folder / "clip" / "config.json").read_text())["temperature"]
    with torch.no_grad():
        clip.temperature.fill_(math.log(temperature))
    return clip


def float32_on_load(config: Path) -> None:
    """Weights are stored as float16; transformers would also compute in what the config names."""
    settings = json.loads(config.read_text())
    settings["dtype"] = "float32"
    config.write_text(json.dumps(settings, indent=2) + "\n")


def write(pipeline: StableDiffusionPipeline, clip: Clip, folder: Path) -> int:
    """Writes everything to `folder`, atomically file by file; returns its size in bytes."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    pipeline.to(torch.float16).save_pretrained(partial, safe_serialization=True)
    float32_on_load(partial / "text_encoder" / "config.json")
    write_clip(clip, partial / "clip")
    for source in sorted(p for p in partial.rglob("*") if p.is_file()):
        target = folder / source.relative_to(partial)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.chmod(0o644)
        source.replace(target)
    shutil.rmtree(partial)
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    if size > LIMIT:
        raise ValueError(f"{folder} has {size / 2**20:.1f} MiB, more than {LIMIT / 2**20:.0f} MiB")
    return size
