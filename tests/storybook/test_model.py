"""The shipped model in an unmodified diffusers pipeline."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from storybook import export
from storybook.art import Art
from storybook.compositor import Description
from storybook.dataset import Renderer
from storybook.sampling import sample
from storybook.tokenizer import encode


def test_the_folder_stays_small(model_folder: Path) -> None:
    assert sum(path.stat().st_size for path in model_folder.rglob("*") if path.is_file()) <= 56 * 2**20


def test_tokens_are_those_of_clip(pipeline: Any) -> None:
    assert pipeline.tokenizer("a cute and adorable bunny").input_ids == [49406, 320, 2242, 537, 6298, 9258, 49407]
    assert pipeline.tokenizer.model_max_length == 77
    assert encode(pipeline.tokenizer, ["a " * 200]).shape == (1, 77)


def test_defaults_generate_a_picture_of_128_pixels(pipeline: Any) -> None:
    pipeline.set_progress_bar_config(disable=True)
    picture = pipeline("a cute rabbit", num_inference_steps=2).images[0]
    assert pipeline.vae_scale_factor == 8
    assert picture.size == (128, 128)


def test_the_schedule_is_stable_diffusions(pipeline: Any) -> None:
    config = pipeline.scheduler.config
    assert (config.beta_schedule, config.beta_start, config.beta_end) == ("scaled_linear", 0.00085, 0.012)
    assert (config.prediction_type, config.clip_sample, config.set_alpha_to_one) == ("epsilon", False, False)
    assert config.steps_offset == 1


@torch.no_grad()
def test_the_autoencoder_gives_a_picture_back_from_a_unit_scale_latent(pipeline: Any, art: Art) -> None:
    pixels = Renderer(art).pixels(Description("ball", "meadow", "3d render", seed=1))
    picture = torch.tensor(pixels).permute(2, 0, 1)[None] / 127.5 - 1
    latent = pipeline.vae.encode(picture).latents
    back = pipeline.vae.decode(latent).sample
    assert latent.shape == (1, 4, 16, 16)
    assert 0.3 < latent.std() < 2
    assert (back - picture).square().mean() < 0.05


@torch.no_grad()
def test_the_prompt_changes_the_picture(pipeline: Any) -> None:
    empty, prompted = sample(pipeline, [""], steps=3), sample(pipeline, ["a red apple"], steps=3)
    assert np.abs((empty - prompted).numpy()).mean() > 0.01


@torch.no_grad()
def test_clip_finds_the_text_that_a_picture_belongs_to(pipeline: Any, model_folder: Path, art: Art) -> None:
    clip = export.read_clip(model_folder).eval()
    texts = ["a beach", "in space"]
    scenes = [Renderer(art).pixels(Description("", scene, "3d render", seed=3)) for scene in ("beach", "space")]
    pictures = torch.from_numpy(np.stack(scenes)).permute(0, 3, 1, 2) / 127.5 - 1
    latents = pipeline.vae.encode(pictures).latents
    similarity = clip.embed_images(latents) @ clip.embed_texts(encode(pipeline.tokenizer, texts)).T
    assert similarity.argmax(1).tolist() == [0, 1]
