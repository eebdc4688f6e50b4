"""A run that changes its mind on the way."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import diffusion_explainer as dx
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces import diffusion
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing.generate import generate, generate_all
from diffusion_explainer.tracing.models import Model
from diffusion_explainer.tracing.schedulers import SAMPLERS

RABBIT = TraceRequest(prompt="a cute rabbit in space", seed=3, steps=4)
CHANGES: dict[str, Any] = {
    "prompt": "a castle at night in the snow",
    "negative_prompt": "a forest",
    "guidance_scale": 3.0,
}
CASTLE = RABBIT.model_copy(update=CHANGES)


@pytest.mark.parametrize("scheduler", [sampler.name for sampler in SAMPLERS])
def test_a_branch_equals_the_original_before_and_differs_after_for_every_sampler(
    storybook: Model, scheduler: str
) -> None:
    original = generate(storybook, RABBIT.model_copy(update={"scheduler": scheduler}))
    branch = dx.branch(original, step=2, model=storybook, progress=False, **CHANGES)
    assert np.array_equal(branch.latents[:3], original.latents[:3])
    assert diffusion.relative_distance(branch.latents[3], original.latents[3]) > 1e-3
    assert max(step.residual for step in branch.steps) < 1e-5


@pytest.mark.parametrize("scheduler", ["ddim", "euler_ancestral", "heun", "unipc"])
def test_a_branch_at_step_0_is_a_fresh_run_and_at_step_n_the_original(storybook: Model, scheduler: str) -> None:
    original = generate(storybook, RABBIT.model_copy(update={"scheduler": scheduler}))
    fresh = generate(storybook, CASTLE.model_copy(update={"scheduler": scheduler}))
    first, last = (
        dx.branch(original, step=step, model=storybook, progress=False, **CHANGES) for step in (0, len(original.steps))
    )
    assert first.id == fresh.id
    assert np.array_equal(first.latents, fresh.latents)
    assert last.id != original.id
    assert np.array_equal(last.latents, original.latents)
    assert last.picture_png == original.picture_png


def test_every_family_can_branch(tiny_pipeline: Any) -> None:
    model = dx.load_model(tiny_pipeline)
    original = generate(model, RABBIT)
    branch = dx.branch(original, step=2, model=model, progress=False, **CHANGES)
    assert np.array_equal(branch.latents[:3], original.latents[:3])
    assert not np.allclose(branch.latents[3], original.latents[3])


def test_a_branch_is_made_again_from_its_request(storybook: Model) -> None:
    request = RABBIT.branched(2, **CHANGES)
    one, other = generate(storybook, request), generate(storybook, TraceRequest(**request.model_dump()))
    assert one.id == other.id
    assert np.array_equal(one.latents, other.latents)


def test_a_branch_of_a_branch_remembers_both(storybook: Model) -> None:
    original = generate(storybook, RABBIT)
    once = generate(storybook, RABBIT.branched(1, prompt="a castle"))
    twice = dx.branch(once, step=3, guidance_scale=0.0, model=storybook, progress=False)
    assert [(origin.step, origin.id) for origin in twice.origins] == [(1, original.id), (3, once.id)]
    assert np.array_equal(twice.latents[:4], once.latents[:4])


def test_a_branch_is_stored_with_where_it_branched(storybook: Model, tmp_path: Path) -> None:
    branch = generate(storybook, RABBIT.branched(2, **CHANGES))
    again = dx.open_trace(branch.save(str(tmp_path / "branch")))
    assert again.request == branch.request
    assert again.origins == branch.origins
    assert [token.text for token in again.origins[0].tokens][1:4] == ["a", "cute", "rabbit"]


def test_steps_before_the_branch_attend_to_the_earlier_words(storybook: Model) -> None:
    """Nobody looks at slot 7 of a prompt that ends before it, more than at other padding."""
    original, branch = generate_all(storybook, [RABBIT, RABBIT.branched(2, **CHANGES)])
    before, after = original.stacked("attention"), branch.stacked("attention")
    assert before is not None
    assert after is not None
    words = before.shape[1] - 1
    np.testing.assert_allclose(after[0, :words], before[0, :words], atol=2e-3)
    np.testing.assert_allclose(after.sum(axis=1), 1, atol=5e-3)


def test_branches_share_a_batch_with_other_runs(storybook: Model) -> None:
    batch = [RABBIT, RABBIT.branched(1, **CHANGES), RABBIT.branched(3, **CHANGES), CASTLE]
    for together, request in zip(generate_all(storybook, batch), batch, strict=True):
        assert diffusion.relative_distance(together.latents, generate(storybook, request).latents) < 1e-4


@pytest.mark.parametrize(
    ("step", "changes", "field"),
    [
        (5, {}, "step"),
        (-1, {}, "step"),
        (2, {"guidance_scale": 99.0}, "guidance_scale"),
        (2, {"seed": 4}, "seed"),
    ],
)
def test_what_cannot_be_branched_is_named(
    storybook: Model, trace: Trace, step: int, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        dx.branch(trace, step=step, model=storybook, progress=False, **changes)
    assert refusal.value.field == field


def test_a_branch_behind_the_last_row_is_refused(storybook: Model) -> None:
    with pytest.raises(InvalidRequest, match="must be 1 to 4, the steps of this run"):
        generate(storybook, RABBIT.branched(5, prompt="a castle"))


def test_only_the_model_that_drew_a_run_can_branch_it(tiny_pipeline: Any, trace: Trace) -> None:
    with pytest.raises(InvalidRequest, match="model at hand"):
        dx.branch(trace, step=2, prompt="a castle", model=dx.load_model(tiny_pipeline), progress=False)
