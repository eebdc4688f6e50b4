"""The shipped tables, played in numpy against diffusers' own samplers."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from diffusion_explainer import resources
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces import diffusion
from diffusion_explainer.tracing import schedulers
from diffusion_explainer.tracing.generate import generate
from diffusion_explainer.tracing.models import Model
from diffusion_explainer.tracing.schedules import table_of
from sampler_tables import SHAPE, Array, noises, play, rows_of, shipped

NAMES = [sampler.name for sampler in schedulers.SAMPLERS]


def sample(name: str, config: Any, steps: int, generator: torch.Generator, predictions: list[Array]) -> Iterator[Array]:
    """The same latents by diffusers."""
    scheduler = schedulers.build(name, config)
    scheduler.set_timesteps(steps)
    options = {"generator": generator} if name == "euler_ancestral" else {}
    latent = torch.randn(SHAPE, generator=generator) * scheduler.init_noise_sigma
    yield latent.numpy()
    for timestep, prediction in zip(scheduler.timesteps, predictions, strict=True):
        scheduler.scale_model_input(latent, timestep)
        latent = scheduler.step(torch.from_numpy(prediction), timestep, latent, **options).prev_sample
        yield latent.numpy()


@pytest.mark.parametrize("steps", [1, 2, 3, 25, 150])
@pytest.mark.parametrize("name", NAMES)
def test_a_table_makes_of_any_predictions_what_the_sampler_makes(name: str, steps: int, scheduler_config: Any) -> None:
    table = shipped(name)
    predictions = list(itertools.islice(noises(7), len(rows_of(table, steps))))
    remaining = iter(predictions)
    played = play(table, steps, noises(3), lambda latent, timestep: next(remaining))
    expected = sample(name, scheduler_config, steps, torch.Generator().manual_seed(3), predictions)
    for one, other in zip(played, expected, strict=True):
        assert diffusion.relative_distance(one, other) < 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_tables_are_of_every_number_of_steps_and_name_the_samplers_timesteps(name: str, scheduler_config: Any) -> None:
    table, scheduler = shipped(name), schedulers.build(name, scheduler_config)
    assert sorted(table["schedules"], key=int) == [str(steps) for steps in range(1, 151)]
    for steps in range(1, 151):
        scheduler.set_timesteps(steps)
        assert [row[0] for row in rows_of(table, steps)] == scheduler.timesteps.tolist()


@pytest.mark.parametrize("name", NAMES)
def test_shipped_tables_are_those_of_the_shipped_model(name: str, scheduler_config: Any) -> None:
    made, table = json.loads(json.dumps(table_of(name, scheduler_config, [2, 9]))), shipped(name)
    columns = [0, 1, *(2 + table["terms"].index(term) for term in made["terms"])]
    for steps in (2, 9):
        expected = np.array(rows_of(table, steps))[:, columns]
        np.testing.assert_allclose(rows_of(made, steps), expected, rtol=1e-6, atol=1e-9)
        for number in ("start_scale", "final_sigma"):
            assert made["schedules"][str(steps)][number] == table["schedules"][str(steps)][number]


@pytest.mark.parametrize("name", NAMES)
@torch.no_grad()
def test_with_the_models_predictions_a_table_gives_the_latents_of_a_trace(name: str, storybook: Model) -> None:
    request = TraceRequest.checked(prompt="a rabbit in space", negative_prompt="blue", seed=3, steps=5, scheduler=name)
    trace, unet = generate(storybook, request), storybook.pipeline.unet
    text = torch.from_numpy(np.stack([trace.unconditional_text_embedding, trace.text_embedding]))

    def predict(latent: Array, timestep: int) -> Array:
        both = torch.from_numpy(np.repeat(latent, 2, axis=0))
        halves = unet(both, timestep, encoder_hidden_states=text, return_dict=False)[0].numpy()
        return diffusion.guided(halves[:1], halves[1:], request.guidance_scale)

    played = play(shipped(name), 5, noises(request.seed), predict)
    for one, other in zip(played, trace.latents, strict=True):
        assert diffusion.relative_distance(one[0], other) < 1e-4


@pytest.fixture(scope="module")
def scheduler_config() -> Any:
    return json.loads((resources.storybook() / "scheduler" / "scheduler_config.json").read_text("utf-8"))
