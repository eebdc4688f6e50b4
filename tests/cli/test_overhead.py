"""What watching costs; how much is for `diffusion-explainer bench` to say, not for a test."""

from diffusion_explainer.cli.overhead import overheads
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.tracing.models import Model


def test_each_way_of_watching_is_set_against_the_stock_run_of_its_round(storybook: Model) -> None:
    measured = overheads(storybook, TraceRequest(prompt="a rabbit", steps=2), rounds=2)
    assert list(measured) == ["steps", "steps and attention", "steps, attention and pictures"]
    assert all(len(ratios) == 2 and min(ratios) > 0 for ratios in measured.values())
