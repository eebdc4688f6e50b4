"""What goes wrong inside a run says what and where, and leaves the pipeline as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch

import diffusion_explainer as dx
import pipelines
from diffusion_explainer.errors import NotFinite
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing import events
from diffusion_explainer.tracing.capture import Capture
from diffusion_explainer.tracing.decoder import decode


@pytest.fixture
def pipeline() -> Any:
    return pipelines.stable_diffusion_1()


def draw(pipeline: Any, **settings: Any) -> Trace:
    return dx.trace("a rabbit", steps=4, model=pipeline, progress=False, **settings)


@contextmanager
def spoiled(module: torch.nn.Module, call: int, value: float = torch.nan) -> Iterator[None]:
    """The module's output holds `value` at that call and after it."""
    calls = iter(range(10**6))

    def spoil(module: Any, args: Any, output: Any) -> Any:
        if next(calls) >= call:
            tensor = output[0] if isinstance(output, tuple) else output
            tensor[-1, ..., 0, 0] = value
        return output

    hook = module.register_forward_hook(spoil)
    yield
    hook.remove()


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_prediction_that_is_no_number_ends_the_run_at_its_step(pipeline: Any, value: float) -> None:
    seen: list[events.Event] = []
    with spoiled(pipeline.unet.conv_out, call=2, value=value), pytest.raises(NotFinite) as failure:
        draw(pipeline, on_event=seen.append)
    assert (failure.value.name, failure.value.step) == ("noise_conditional", 2)
    assert "noise_conditional of step 3 is not a number" in str(failure.value)
    assert [event.name for event in seen] == ["tokens", "text", "step", "step"]


def test_a_latent_that_is_no_number_is_named(pipeline: Any) -> None:
    pipeline.scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config, trained_betas=[0.5] * 1000)
    with pytest.raises(NotFinite) as failure:
        draw(pipeline)
    assert failure.value.step is not None


def test_a_picture_that_is_no_number_is_named_with_its_step(pipeline: Any) -> None:
    model = dx.load_model(pipeline)
    decoder = model.pipeline.vae.decoder.conv_out
    before = {"hooks": len(pipeline.unet._forward_hooks), "scheduler": pipeline.scheduler}
    with spoiled(decoder, call=1), pytest.raises(NotFinite) as failure:
        draw(model)
    assert (failure.value.name, failure.value.step) == ("the decoded picture", 1)
    assert {"hooks": len(pipeline.unet._forward_hooks), "scheduler": pipeline.scheduler} == before


def test_a_model_whose_decoder_gives_no_numbers_is_not_loaded(pipeline: Any) -> None:
    with spoiled(pipeline.vae.decoder.conv_out, call=0), pytest.raises(NotFinite):
        dx.load_model(pipeline)


def test_a_decoder_that_fails_is_in_half_precision_again() -> None:
    pipeline = pipelines.stable_diffusion_xl().to(torch.float16)
    pipeline.vae.register_to_config(force_upcast=True)
    latents = torch.zeros(1, 3, 8, 8).numpy()  # a channel is missing
    with pytest.raises(RuntimeError):
        decode(pipeline, latents)
    assert pipeline.vae.dtype == torch.float16


def test_everything_is_undone_when_a_part_of_it_fails(pipeline: Any) -> None:
    before = type(pipeline)
    with Capture(pipeline):
        del pipeline.scheduler.step  # somebody was here first
        del pipeline.unet._forward_hooks
    pipeline.unet._forward_hooks = {}
    assert type(pipeline) is before
    assert not any(module._forward_pre_hooks for module in pipeline.unet.modules())


def test_a_picture_that_the_safety_checker_withheld_is_said_to_be(pipeline: Any, tmp_path: Path) -> None:
    pipeline.run_safety_checker = lambda image, device, dtype: (torch.zeros_like(image), [True])
    seen: list[events.Event] = []
    trace = draw(pipeline, on_event=seen.append)
    assert trace.withheld
    assert seen[-1].to_wire()["withheld"] is True
    assert "safety checker withheld" in trace._repr_html_()
    assert dx.open_trace(trace.save(tmp_path / "run")).withheld


def test_a_picture_that_nobody_withheld_says_nothing_of_it(pipeline: Any) -> None:
    pipeline.run_safety_checker = lambda image, device, dtype: (image, [False])
    trace = draw(pipeline)
    assert not trace.withheld
    assert "safety checker" not in trace._repr_html_()
