from typing import Any

import numpy as np
import pytest
import torch

from diffusion_explainer import errors
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing import events
from diffusion_explainer.tracing.generate import generate
from diffusion_explainer.tracing.models import Model

REQUEST = TraceRequest(prompt="a cute rabbit in space, pixel art", seed=3, steps=3)


def test_a_generation_reports_tokens_text_every_step_and_the_picture(storybook: Model) -> None:
    seen: list[events.Event] = []
    trace = generate(storybook, REQUEST, seen.append)
    assert [event.name for event in seen] == ["tokens", "text", "step", "step", "step", "decoded"]
    assert [event.step.step for event in seen if isinstance(event, events.StepDone)] == [0, 1, 2]
    assert isinstance(seen[0], events.Tokens)
    assert seen[0].id == trace.id == REQUEST.id_for(storybook.card.fingerprint)


def test_the_picture_is_the_one_the_stock_pipeline_draws(storybook: Model) -> None:
    trace = generate(storybook, REQUEST)
    storybook.pipeline.scheduler = storybook.scheduler("ddim")
    stock = storybook.pipeline(
        REQUEST.prompt,
        num_inference_steps=3,
        guidance_scale=REQUEST.guidance_scale,
        generator=torch.Generator().manual_seed(3),
    ).images[0]
    assert np.array_equal(np.asarray(stock), np.asarray(trace.picture))


def test_the_same_request_draws_the_same_numbers(storybook: Model) -> None:
    one, other = generate(storybook, REQUEST), generate(storybook, REQUEST)
    assert np.array_equal(one.latents, other.latents)


def test_a_step_shows_its_latent_and_where_it_heads_each_decoded(storybook: Model, trace: Trace) -> None:
    step = trace.steps[1]
    decoded = storybook.decode(np.stack([step.latent * step.latent_scale, step.predicted_latent])).astype(float)
    for shown, own, other in zip((step.picture, step.predicted_picture), decoded, decoded[::-1], strict=True):
        assert np.abs(np.asarray(shown) - own).mean() < np.abs(np.asarray(shown) - other).mean() / 2


def test_another_seed_starts_from_other_noise(storybook: Model) -> None:
    one, other = (generate(storybook, REQUEST.model_copy(update={"seed": seed, "steps": 1})) for seed in (3, 4))
    correlation = np.corrcoef(one.steps[0].latent.ravel(), other.steps[0].latent.ravel())[0, 1]
    assert abs(correlation) < 0.15


def test_a_cancelled_generation_stops_at_the_next_step_and_harms_nothing(storybook: Model) -> None:
    before = generate(storybook, REQUEST)
    seen: list[events.Event] = []
    with pytest.raises(errors.Cancelled) as stop:
        generate(storybook, REQUEST, seen.append, cancelled=lambda: len(seen) >= 4)
    assert stop.value.step == 2
    assert len(seen) == 4
    assert np.array_equal(generate(storybook, REQUEST).latents, before.latents)


@pytest.mark.parametrize("scheduler", ["heun", "pndm"])
def test_the_number_of_steps_is_announced(storybook: Model, scheduler: str) -> None:
    seen: list[events.Event] = []
    trace = generate(storybook, REQUEST.model_copy(update={"scheduler": scheduler}), seen.append)
    assert isinstance(seen[0], events.Tokens)
    assert seen[0].steps == len(trace.steps) == storybook.num_steps(scheduler, 3)


def test_every_family_can_be_traced(tiny_pipeline: Any) -> None:
    from diffusion_explainer.tracing.models import load_model

    trace = generate(load_model(tiny_pipeline), REQUEST)
    assert trace.picture.size == (16, 16)
    assert all(step.residual < 1e-4 for step in trace.steps)
