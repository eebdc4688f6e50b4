"""The arithmetic of a step, on steps of two numbers."""

import dataclasses
import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from diffusion_explainer.traces.sprites import SpriteSheet
from diffusion_explainer.traces.step import ClipSimilarity, Step, recombined


def pair(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32).reshape(1, 1, 2)


def step(k: int, **fields: Any) -> Step:
    given: dict[str, Any] = {
        "step": k,
        "timestep": 100.0 - k,
        "sigma": 0.75,  # of signal 0.8 and noise 0.6
        "latent_scale": 0.5,
        "coefficients": {"latent": 1.0},
        "residual": 0.0,
        "seconds": 0.25,
        "latent": pair(4, 8) + k,
        "noise_unconditional": pair(1, 2),
        "noise_conditional": pair(3, 1),
        "noise_guided": pair(10, 20) + k,
        "next_latent": pair(0, 0),
    }
    return Step(**{**given, **fields})


def test_levels_follow_from_sigma() -> None:
    assert step(0).signal_level == pytest.approx(0.8)
    assert step(0).noise_level == pytest.approx(0.6)


def test_the_impact_of_the_prompt_is_conditional_minus_unconditional_noise() -> None:
    np.testing.assert_array_equal(step(0).prompt_impact, pair(2, -1))


def test_the_predicted_latent_is_of_the_latent_as_the_unet_sees_it() -> None:
    np.testing.assert_allclose(step(0).predicted_latent, pair((2 - 6) / 0.8, (4 - 12) / 0.8), rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("latent", pair(7, 11)),
        ("noise_guided", pair(13, 23)),
        ("previous_latent", pair(6, 10)),
        ("previous_noise_1", pair(12, 22)),
        ("previous_noise_3", pair(10, 20)),
        ("previous_predicted_latent_2", step(1).predicted_latent),
        ("previous_prediction_1", pair(2, 2)),
        ("prediction_guided", pair(3, 3)),
        ("added_noise", pair(5, 6)),
    ],
)
def test_a_term_is_the_tensor_of_its_name_as_many_steps_ago_as_it_says(
    name: str, expected: NDArray[np.float32]
) -> None:
    steps = [step(k, prediction_guided=pair(k, k), added_noise=pair(5, 6), coefficients={name: 2.0}) for k in range(4)]
    np.testing.assert_allclose(recombined(steps, 3), 2 * expected, rtol=1e-6)


def test_terms_are_added_up() -> None:
    one = step(0, coefficients={"latent": 0.5, "noise_guided": -0.1})
    np.testing.assert_allclose(recombined([one], 0), pair(1, 2), rtol=1e-6)


def test_a_term_whose_tensor_was_not_recorded_is_named() -> None:
    with pytest.raises(KeyError, match="added_noise"):
        recombined([step(0, coefficients={"added_noise": 1.0})], 0)


def test_a_row_has_all_but_the_tensors() -> None:
    assert step(2, clip_similarity=ClipSimilarity(0.25, 0.5)).to_wire() == {
        "step": 2,
        "timestep": 98.0,
        "sigma": 0.75,
        "signal_level": pytest.approx(0.8),
        "noise_level": pytest.approx(0.6),
        "latent_scale": 0.5,
        "coefficients": {"latent": 1.0},
        "residual": 0.0,
        "norms": pytest.approx(
            {
                "latent": np.hypot(6, 10),
                "noise_unconditional": np.hypot(1, 2),
                "noise_conditional": np.hypot(3, 1),
                "noise_guided": np.hypot(12, 22),
                "prompt_impact": np.hypot(2, 1),
                "predicted_latent": np.linalg.norm(step(2).predicted_latent),
            }
        ),
        "seconds": 0.25,
        "clip_similarity": {"latent": 0.25, "predicted": 0.5},
    }
    assert step(2).to_wire()["clip_similarity"] is None


def test_a_step_without_pictures_says_so() -> None:
    with pytest.raises(AttributeError, match="recorded without pictures"):
        _ = step(0).picture


def sheet(*colours: str) -> SpriteSheet:
    """Frames of one colour each, side by side."""
    strip = Image.new("RGB", (8 * len(colours), 8))
    for k, colour in enumerate(colours):
        strip.paste(colour, (8 * k, 0, 8 * k + 8, 8))
    encoded = io.BytesIO()
    strip.save(encoded, "WEBP", lossless=True)
    return SpriteSheet(encoded.getvalue(), len(colours), len(colours), 8, 8)


def test_a_step_shows_its_own_frame_of_each_sheet() -> None:
    one = step(1, pictures=(sheet("red", "lime", "blue"), sheet("black", "white")))
    assert one.picture.getpixel((4, 4)) == (0, 255, 0)
    assert one.predicted_picture.getpixel((4, 4)) == (255, 255, 255)
    with pytest.raises(IndexError, match="frame 2 of a sheet of 2"):
        _ = step(2, pictures=one.pictures).predicted_picture


def test_a_step_cannot_be_changed_and_is_equal_to_itself_alone() -> None:
    one = step(0)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.step = 1  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        ClipSimilarity(0.25, 0.5).latent = 1.0  # type: ignore[misc]
    assert one != step(0)
    assert "attention" not in repr(one)
    assert "pictures" not in repr(one)
