from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA

import diffusion_explainer as dx
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing import experiments
from diffusion_explainer.tracing.models import Model

SPACE = TraceRequest(prompt="a rabbit in space", seed=3, steps=4, scheduler="euler")
PROMPTS = ("a rabbit in space", "a rabbit in a forest", "a castle")


@pytest.fixture(scope="module")
def runs(storybook: Model) -> list[Trace]:
    return experiments.generate_all(storybook, [SPACE.model_copy(update={"prompt": prompt}) for prompt in PROMPTS])


def latents(run: Trace) -> Any:
    """As the UNet sees them, a row a step."""
    scales = np.array([*(step.latent_scale for step in run.steps), run.final_latent_scale])
    return (run.latents.astype(float) * scales[:, None, None, None]).reshape(len(scales), -1)


def test_trajectories_by_pca_are_those_of_scikit_learn(runs: list[Trace]) -> None:
    found = dx.trajectories(runs[:2], background=runs[2:])
    own = np.concatenate([latents(run) for run in runs[:2]])
    reference = PCA(2, svd_solver="full").fit(own)
    np.testing.assert_allclose(np.concatenate(found.lines), reference.transform(own), atol=1e-8)
    np.testing.assert_allclose(found.background_lines[0], reference.transform(latents(runs[2])), atol=1e-8)
    assert found.explained_variance is not None
    np.testing.assert_allclose(found.explained_variance, reference.explained_variance_ratio_)


@pytest.mark.parametrize("method", ["pca", "umap"])
def test_runs_from_one_noise_start_in_one_place_and_have_a_point_a_step(runs: list[Trace], method: str) -> None:
    found = dx.trajectories(runs[:2], method=method, background=runs[2:])
    assert [len(line) for line in found.lines] == [5, 5]
    assert len(found.background_lines[0]) == 5
    np.testing.assert_allclose(found.lines[0][0], found.lines[1][0], atol=1e-9)
    assert np.linalg.norm(found.lines[0][-1] - found.lines[1][-1]) > 1e-3


@pytest.mark.parametrize("method", ["pca", "umap"])
def test_the_same_runs_give_the_same_lines(runs: list[Trace], method: str) -> None:
    one, other = (dx.trajectories(runs, method=method).to_wire() for _ in range(2))
    assert one == other


def test_they_show_themselves_and_their_shares_of_variance(runs: list[Trace]) -> None:
    shown = dx.trajectories(runs[:2])._repr_html_()
    assert shown.count("<polyline") == 2
    assert "of the variance" in shown


def test_runs_that_share_no_space_are_refused(runs: list[Trace], tiny_pipeline: Any) -> None:
    other = dx.trace("a castle", steps=2, model=tiny_pipeline, progress=False)
    with pytest.raises(InvalidRequest, match="model and latent size"):
        dx.trajectories([runs[0], other])
    with pytest.raises(InvalidRequest, match="1 to 4 runs"):
        dx.trajectories([runs[0]] * 5)
