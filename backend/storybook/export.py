"""Writes the trained parts as a diffusers folder, for `StableDiffusionPipeline.from_pretrained`, and reads them again.

`write` fills a folder beside the target first and then moves it in file by file: a reader always finds whole files.
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
from storybook.clip import SHARED_WIDTH, TEXT_WIDTH, TRAINED_SLOTS, Clip
from storybook.denoiser import new_scheduler

MAX_MEBIBYTES = 56
STORED_IMAGE_ENCODER = "picture_tower"
"""The image encoder's name in the files of `clip/`: the one that shipped models have."""


def assemble(
    autoencoder: AutoencoderTiny, tokenizer: CLIPTokenizer, text_encoder: CLIPTextModel, denoiser: UNet2DConditionModel
) -> StableDiffusionPipeline:
    """The pipeline, without safety checker; it generates 128×128 pixels by default."""
    return StableDiffusionPipeline(
        vae=autoencoder,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=denoiser,
        scheduler=new_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def write_clip(clip: Clip, folder: Path) -> None:
    """Writes the image encoder and the text projection; the text encoder is the pipeline's own."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"{STORED_IMAGE_ENCODER}.{name}": value for name, value in clip.image_encoder.state_dict().items()}
    tensors["text_projection.weight"] = clip.text_projection.weight.detach()
    tensors = {name: value.half().contiguous() for name, value in tensors.items()}
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(clip_config(clip), indent=2) + "\n")


def clip_config(clip: Clip) -> dict:
    """The content of `clip/config.json`: the image encoder's layers, and how to use both encoders."""
    return {
        "about": f"CLIP's image encoder ({STORED_IMAGE_ENCODER}) and text projection. Images enter as this folder's "
        "latents [n, 4, 16, 16]. A text enters as text_encoder's last hidden state at the first end token, times "
        "text_projection. Both sides are then divided by their length; their product is the cosine similarity.",
        STORED_IMAGE_ENCODER: {
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
        "text_width": TEXT_WIDTH,
        "shared_width": SHARED_WIDTH,
        "text_slots_read_in_training": TRAINED_SLOTS,
        "temperature": round(clip.temperature.exp().clamp(max=100).item(), 4),
    }


def read_autoencoder(folder: Path) -> AutoencoderTiny:
    """An autoencoder with the encoder of an exported model, and with its decoder if that has the current shape."""
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
    """Both encoders, projection and temperature of an exported model."""
    clip = Clip()
    stored = {name: value.float() for name, value in load_file(folder / "clip" / "model.safetensors").items()}
    clip.text_projection.load_state_dict({"weight": stored.pop("text_projection.weight")})
    prefix = f"{STORED_IMAGE_ENCODER}."
    clip.image_encoder.load_state_dict({name.removeprefix(prefix): value for name, value in stored.items()})
    clip.text_encoder = CLIPTextModel.from_pretrained(folder / "text_encoder")
    temperature = json.loads((folder / "clip" / "config.json").read_text())["temperature"]
    with torch.no_grad():
        clip.temperature.fill_(math.log(temperature))
    return clip


def set_float32(config: Path) -> None:
    """Names float32 in a transformers config, which would otherwise compute in float16, as the weights are stored."""
    settings = json.loads(config.read_text())
    settings["dtype"] = "float32"
    config.write_text(json.dumps(settings, indent=2) + "\n")


def write(pipeline: StableDiffusionPipeline, clip: Clip, folder: Path) -> int:
    """Writes the model to `folder`; returns its size in bytes.

    Raises ValueError if the folder is then larger than `MAX_MEBIBYTES`.
    """
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    pipeline.to(torch.float16).save_pretrained(partial, safe_serialization=True)
    set_float32(partial / "text_encoder" / "config.json")
    write_clip(clip, partial / "clip")
    for source in sorted(p for p in partial.rglob("*") if p.is_file()):
        target = folder / source.relative_to(partial)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.chmod(0o644)
        source.replace(target)
    shutil.rmtree(partial)
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    if size > MAX_MEBIBYTES * 2**20:
        raise ValueError(f"{folder} has {size / 2**20:.1f} MiB; the limit is {MAX_MEBIBYTES} MiB")
    return size
