import dataclasses

import numpy as np
import pytest

from diffusion_explainer.traces import diffusion
from diffusion_explainer.traces.step import recombined
from diffusion_explainer.traces.trace import Trace


def test_each_step_starts_where_the_last_one_ended(trace: Trace) -> None:
    for step, following in zip(trace.steps, trace.steps[1:], strict=False):
        assert np.array_equal(step.next_latent, following.latent)
    assert np.array_equal(trace.final_latent, trace.latents[-1])


def test_the_step_equation_holds_from_recorded_tensors_alone(trace: Trace) -> None:
    for k, step in enumerate(trace.steps):
        assert diffusion.relative_distance(recombined(trace.steps, k), step.next_latent) < 1e-5


def test_shapes_are_those_of_the_model_card(trace: Trace) -> None:
    assert trace.steps[0].latent.shape == trace.model.latent_shape
    assert trace.text_embedding.shape == trace.unconditional_text_embedding.shape == trace.model.text_shape
    assert trace.picture.size == trace.steps[0].picture.size == trace.model.image_size


def test_noise_falls_from_step_to_step(trace: Trace) -> None:
    levels = [step.noise_level for step in trace.steps]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > 0.9


def test_a_trace_cannot_be_changed(trace: Trace) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        trace.id = "other"  # type: ignore[misc]


def test_the_row_of_a_step_carries_its_arithmetic(trace: Trace) -> None:
    row = trace.steps[1].to_wire()
    assert row["step"] == 1
    assert set(row["coefficients"]) == {"latent", "noise_guided"}
    assert row["norms"]["latent"] == pytest.approx(np.linalg.norm(trace.steps[1].latent))


def test_asking_for_a_frame_outside_the_sheet_is_an_error(trace: Trace) -> None:
    with pytest.raises(IndexError, match="sheet of 5"):
        trace.latent_pictures.frame(5)
