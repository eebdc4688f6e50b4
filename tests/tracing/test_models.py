import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pipelines
from diffusion_explainer import resources
from diffusion_explainer.errors import InvalidRequest, ModelNotFound, UnsupportedModel
from diffusion_explainer.tracing.models import Model, load_model


def test_storybook_describes_itself(storybook: Model) -> None:
    card = storybook.card
    assert (card.name, card.source, card.prediction_type) == ("Storybook", "storybook", "epsilon")
    assert card.image_size == (128, 128)
    assert card.latent_shape == (4, 16, 16)
    assert card.text_shape[0] == 77
    assert {component.role for component in card.components} == {"text_encoder", "unet", "vae"}
    assert np.shape(card.latent_colours) == (5, 3)


def test_a_folder_is_loaded_and_fingerprinted_as_the_same_model(storybook: Model) -> None:
    again = load_model(str(resources.storybook()))
    assert again.card.fingerprint == storybook.card.fingerprint


def test_every_family_is_described(tiny_pipeline: Any) -> None:
    model = load_model(tiny_pipeline)
    assert model.card.latent_shape == (4, 8, 8)
    assert model.decode(np.zeros((2, 4, 8, 8), np.float32)).shape == (2, *model.card.image_size, 3)


def test_other_weights_are_another_model(tiny_pipeline: Any) -> None:
    before = load_model(tiny_pipeline).card.fingerprint
    weight = next(tiny_pipeline.unet.parameters())
    weights = weight.data
    weight.data = weights + 1
    other = load_model(tiny_pipeline).card.fingerprint
    weight.data = weights
    assert load_model(tiny_pipeline).card.fingerprint == before != other


def test_heun_and_pndm_make_more_steps_than_asked_for(storybook: Model) -> None:
    assert storybook.num_steps("ddim", 10) == 10
    assert storybook.num_steps("pndm", 10) == 11
    assert storybook.num_steps("heun", 10) == 19


@pytest.mark.parametrize("source", ["no/such-model", "./no-such-folder", "nothing"])
def test_a_model_that_is_nowhere_is_named(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelNotFound, match=source):
        load_model(source)


def test_a_folder_that_is_no_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFound, match=str(tmp_path)):
        load_model(str(tmp_path))


def weights_of(part: str) -> str:
    (weights,) = (resources.storybook() / part).glob("*.safetensors")
    return weights.name


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "clip"])
def test_a_part_without_its_weights_is_named_in_one_line(
    part: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(resources.storybook(), folder, copy_function=lambda source, to: Path(to).symlink_to(source))
    (folder / part / weights_of(part)).unlink()
    with pytest.raises(ModelNotFound) as refusal:
        load_model(str(folder))
    assert part in str(refusal.value)
    assert capfd.readouterr().err == ""
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize("source", [3, ["storybook"], b"storybook", "x" * 5000, "~nobody-of-that-name/x", "a\0b", ""])
def test_what_names_no_model_is_refused(source: Any) -> None:
    with pytest.raises(ModelNotFound):
        load_model(source)


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "", 3.5, "meta"])
def test_a_device_that_is_not_there_is_named(device: Any) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        load_model(device=device)
    assert (refusal.value.field, refusal.value.value) == ("device", device)


def test_a_pipeline_that_starts_from_an_image_is_refused() -> None:
    from diffusers import StableDiffusionImg2ImgPipeline

    parts = pipelines.stable_diffusion_1().components
    with pytest.raises(UnsupportedModel, match="starts from an image"):
        load_model(StableDiffusionImg2ImgPipeline(**parts, requires_safety_checker=False))


def test_a_unet_that_takes_more_than_a_latent_is_refused() -> None:
    from diffusers import UNet2DConditionModel

    pipeline = pipelines.stable_diffusion_1()
    pipeline.unet = UNet2DConditionModel.from_config(pipeline.unet.config, in_channels=9)
    with pytest.raises(UnsupportedModel, match="cannot be described"):
        load_model(pipeline)


def test_a_pipeline_of_another_build_is_refused_with_what_it_lacks(storybook_pipeline: Any) -> None:
    from diffusers import DDPMPipeline

    pipeline = DDPMPipeline(unet=storybook_pipeline.unet, scheduler=storybook_pipeline.scheduler)
    with pytest.raises(UnsupportedModel, match="vae"):
        load_model(pipeline)
