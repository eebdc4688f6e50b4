"""Who uses a pipeline while it draws."""

from typing import Any

import pytest

import diffusion_explainer as dx
import pipelines
from diffusion_explainer.errors import PipelineInUse
from diffusion_explainer.traces.trace import Trace


@pytest.fixture
def pipeline() -> Any:
    return pipelines.stable_diffusion_1()


def draw(pipeline: Any, **settings: Any) -> Trace:
    return dx.trace("a rabbit", steps=2, model=pipeline, progress=False, **settings)


@pytest.mark.parametrize("use", [draw, dx.load_model])
def test_a_pipeline_that_is_used_from_inside_of_its_own_run_says_so_at_once(pipeline: Any, use: Any) -> None:
    with pytest.raises(PipelineInUse, match="second"):
        draw(pipeline, on_event=lambda event: use(pipeline))
    assert len(draw(pipeline).steps) == 2


def test_another_pipeline_draws_from_inside_of_a_run(pipeline: Any) -> None:
    inner: list[Trace] = []
    other = pipelines.stable_diffusion_1()
    outer = draw(pipeline, on_event=lambda event: inner.append(draw(other)))
    assert outer.picture_png == inner[0].picture_png
