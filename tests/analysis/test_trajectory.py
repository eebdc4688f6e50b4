import dataclasses
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA

import diffusion_explainer as dx
from diffusion_explainer.analysis import projection
from diffusion_explainer.analysis.trajectory import Background, Trajectories, trajectories
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing.generate import generate_all
from diffusion_explainer.tracing.models import Model

SPACE = TraceRequest(prompt="a rabbit in space", seed=3, steps=4, scheduler="euler")
PROMPTS = ("a rabbit in space", "a rabbit in a forest", "a castle")


@pytest.fixture(scope="module")
def runs(storybook: Model) -> list[Trace]:
    return generate_all(storybook, [SPACE.model_copy(update={"prompt": prompt}) for prompt in PROMPTS])


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


def test_coordinates_have_five_digits_on_the_wire(trace: Trace) -> None:
    line = np.array([[1 / 3, -2 / 3]])
    found = Trajectories("pca", (trace,), (Background("another", trace),), (line,), (2 * line,), (2 / 3, 1 / 7))
    assert found.to_wire() == {
        "method": "pca",
        "seed": projection.UMAP_SEED,
        "parameters": {},
        "explained_variance": [0.66667, 0.14286],
        "traces": [{"id": trace.id, "points": [[0.33333, -0.66667]]}],
        "background": [{"id": trace.id, "title": "another", "points": [[0.66667, -1.33333]]}],
    }
    wire = dataclasses.replace(found, method="umap", explained_variance=None).to_wire()
    assert (wire["parameters"], wire["explained_variance"]) == (projection.UMAP_PARAMETERS, None)


@pytest.mark.parametrize("count", [1, 4])
def test_one_run_or_four_can_be_laid_out(trace: Trace, count: int) -> None:
    found = trajectories([trace] * count)
    assert (found.method, len(found.lines), found.background_lines) == ("pca", count, ())


def test_no_run_and_runs_of_another_model_or_size_are_refused(trace: Trace) -> None:
    with pytest.raises(InvalidRequest, match="must be 1 to 4 runs") as refusal:
        trajectories([])
    assert refusal.value.value == 0
    card = dataclasses.replace(trace.model, fingerprint="other")
    cropped = [
        dataclasses.replace(step, latent=step.latent[:, :8], next_latent=step.next_latent[:, :8])
        for step in trace.steps
    ]
    others = dataclasses.replace(trace, model=card), dataclasses.replace(trace, steps=tuple(cropped))
    for other in others:
        for runs, behind, field in (([trace, trace, other], [], "traces"), ([trace], [other], "background")):
            with pytest.raises(InvalidRequest, match="model and latent size") as refusal:
                trajectories(runs, [Background("", run) for run in behind])
            assert refusal.value.field == field
