from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion_explainer import resources
from diffusion_explainer.errors import ModelNotFound, UnsupportedModel
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


def test_a_pipeline_of_another_build_is_refused_with_what_it_lacks(storybook_pipeline: Any) -> None:
    from diffusers import DDPMPipeline

    pipeline = DDPMPipeline(unet=storybook_pipeline.unet, scheduler=storybook_pipeline.scheduler)
    with pytest.raises(UnsupportedModel, match="vae"):
        load_model(pipeline)
