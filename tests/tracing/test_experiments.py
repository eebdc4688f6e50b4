from typing import Any

import numpy as np
import pytest

import diffusion_explainer as dx
from diffusion_explainer.cli import word_effects
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces import diffusion
from diffusion_explainer.tracing.generate import generate, generate_all
from diffusion_explainer.tracing.models import Model

RABBIT = TraceRequest(prompt="a cute rabbit in space", seed=3, steps=3)


def requests(scheduler: str) -> list[TraceRequest]:
    changes: tuple[dict[str, Any], ...] = (
        {},
        {"prompt": "a castle", "negative_prompt": "night"},
        {"seed": 9},
        {"guidance_scale": 0.0},
    )
    return [RABBIT.model_copy(update={**change, "scheduler": scheduler}) for change in changes]


@pytest.mark.parametrize("scheduler", ["ddim", "euler_ancestral", "heun", "unipc"])
def test_runs_drawn_together_equal_runs_drawn_alone(storybook: Model, scheduler: str) -> None:
    batch = requests(scheduler)
    for together, request in zip(generate_all(storybook, batch), batch, strict=True):
        alone = generate(storybook, request)
        assert together.id == alone.id
        assert diffusion.relative_distance(together.latents, alone.latents) < 1e-4
        assert together.steps[-1].coefficients == alone.steps[-1].coefficients


def test_every_family_can_be_drawn_together(tiny_pipeline: Any) -> None:
    model = dx.load_model(tiny_pipeline)
    batch = requests("ddim")
    for together, request in zip(generate_all(model, batch), batch, strict=True):
        assert diffusion.relative_distance(together.latents, generate(model, request).latents) < 1e-4


def test_events_say_whose_they_are(storybook: Model) -> None:
    seen = []
    generate_all(storybook, [RABBIT, RABBIT.model_copy(update={"seed": 4})], lambda m, e: seen.append((m, e.name)))
    assert [name for member, name in seen if member == 1] == ["tokens", "text", "step", "step", "step", "decoded"]
    assert len(seen) == 12


def test_requests_of_any_steps_come_back_in_order(storybook: Model) -> None:
    mixed = [RABBIT, RABBIT.model_copy(update={"steps": 2}), RABBIT.model_copy(update={"seed": 5})]
    assert [trace.request for trace in generate_all(storybook, mixed)] == mixed


def test_leaving_a_word_out_moves_the_picture(storybook: Model) -> None:
    result = dx.leave_one_out("rabbit at night", model=storybook, seed=3, steps=3)
    assert [one.word for one in result.left_out] == ["rabbit", "at", "night"]
    assert all(one.distance > 0 for one in result.left_out)
    for one in result.left_out:
        size = np.linalg.norm(result.original.final_latent)
        assert np.linalg.norm(one.difference_map) / size == pytest.approx(one.distance, rel=1e-4)
    assert result._repr_html_().count("without <s>") == 3


def test_a_grid_varies_two_settings_and_keeps_the_rest(storybook: Model) -> None:
    grid = dx.grid("a rabbit", model=storybook, seed=[1, 2], guidance_scale=[0, 7, 20], steps=2)
    assert (grid.row_setting, grid.column_setting) == ("seed", "guidance_scale")
    assert [[t.request.guidance_scale for t in row] for row in grid.traces] == [[0, 7, 20], [0, 7, 20]]
    starts = [[trace.steps[0].latent for trace in row] for row in grid.traces]
    assert np.array_equal(starts[0][0], starts[0][2])
    assert not np.array_equal(starts[0][0], starts[1][0])
    assert grid._repr_html_().count("<img") == 6 + 2


@pytest.mark.parametrize("settings", [{}, {"seed": [1]}, {"seed": [1], "steps": [1], "guidance_scale": [1]}])
def test_a_grid_needs_two_lists(storybook: Model, settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match="two lists"):
        dx.grid("a rabbit", model=storybook, **settings)


def test_equal_requests_are_drawn_once(storybook: Model) -> None:
    seen = []
    one, other = generate_all(storybook, [RABBIT, RABBIT], lambda member, event: seen.append(member))
    assert one is other
    assert set(seen) == {0}


@pytest.mark.parametrize(("prompt", "subject"), word_effects.prompts()[::5])
def test_a_filler_word_moves_the_picture_less_than_the_subject(storybook: Model, prompt: str, subject: str) -> None:
    """All twenty prompts and the figures: `diffusion-explainer bench --words`."""
    effect = word_effects.word_effect(storybook, prompt, subject, steps=8)
    assert effect.filler < effect.subject, effect
