"""Which neighbours a run had never shows."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion_explainer import errors
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces import diffusion
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing.generate import SharedCalls, generate
from diffusion_explainer.tracing.models import Model, load_model
from diffusion_explainer.tracing.schedulers import SAMPLERS

any_request = st.builds(
    TraceRequest,
    prompt=st.sampled_from(["x", "a fox at night", "a cute rabbit in space, pixel art", "x " * 80]),
    negative_prompt=st.sampled_from(["", "a forest"]),
    seed=st.integers(0, 2**31),
    steps=st.integers(1, 4),
    guidance_scale=st.sampled_from([0.0, 1.0, 7.0, 20.0]),
    scheduler=st.sampled_from([sampler.name for sampler in SAMPLERS]),
)


class Reader:
    """Comes at a call, and leaves after some steps or gets a trace."""

    def __init__(self, request: TraceRequest, comes_at: int, leaves_after: int) -> None:
        self.request, self.comes_at, self.leaves_after = request, comes_at, leaves_after
        self.steps = 0
        self.trace: Trace | None = None

    def draw(self, calls: SharedCalls) -> None:
        with contextlib.suppress(errors.Cancelled):
            self.trace = calls.draw(self.request, self.see, lambda: self.steps >= self.leaves_after)()

    def see(self, event: Any) -> None:
        self.steps += event.name == "step"


def draw(model: Model, readers: list[Reader]) -> None:
    calls, waiting, asked = SharedCalls(model), list(readers), -1

    def admit(running: int) -> list[Callable[[], None]]:
        nonlocal asked
        asked += 1
        come = [reader for reader in waiting if reader.comes_at <= asked or not running]
        waiting[:] = [reader for reader in waiting if reader not in come]
        return [functools.partial(reader.draw, calls) for reader in come]

    calls.rounds.run(admit)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readers=st.lists(st.builds(Reader, any_request, st.integers(0, 5), st.integers(1, 9)), min_size=2, max_size=5))
def test_with_any_neighbours_a_run_is_what_it_is_alone(storybook: Model, readers: list[Reader]) -> None:
    draw(storybook, readers)
    for reader in readers:
        if reader.trace is None:
            assert reader.steps == reader.leaves_after
            continue
        alone = generate(storybook, reader.request)
        assert reader.trace.id == alone.id
        assert diffusion.relative_distance(reader.trace.latents, alone.latents) < 1e-4
        for one, other in zip(reader.trace.steps, alone.steps, strict=True):
            assert one.attention is not None
            assert other.attention is not None
            np.testing.assert_allclose(one.attention, other.attention, atol=2e-3)


def test_models_of_every_family_share_their_calls(tiny_pipeline: Any) -> None:
    model = load_model(tiny_pipeline)
    requests = (
        TraceRequest(prompt="a fox", steps=3),
        TraceRequest(prompt="a cat", steps=2, scheduler="euler"),
        TraceRequest(prompt="x", steps=2, scheduler="heun"),
    )
    readers = [Reader(request, comes_at, leaves_after=9) for comes_at, request in enumerate(requests)]
    draw(model, readers)
    for reader in readers:
        assert reader.trace is not None
        assert diffusion.relative_distance(reader.trace.latents, generate(model, reader.request).latents) < 1e-4


def test_the_pipeline_at_hand_is_as_it_was(storybook: Model) -> None:
    unet, scheduler = storybook.pipeline.unet, storybook.pipeline.scheduler
    draw(storybook, [Reader(TraceRequest(prompt="a fox", steps=2, seed=seed), 0, 9) for seed in (1, 2)])
    assert (storybook.pipeline.unet, storybook.pipeline.scheduler) == (unet, scheduler)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in unet.modules())


def test_a_call_that_fails_for_one_fails_for_no_other(storybook: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = type(storybook.pipeline.unet).forward

    def too_large(unet: Any, sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if len(sample) > 2:
            raise torch.OutOfMemoryError
        return forward(unet, sample, *args, **kwargs)

    monkeypatch.setattr(type(storybook.pipeline.unet), "forward", too_large)
    readers = [Reader(TraceRequest(prompt="a fox", seed=seed, steps=2), 0, 9) for seed in range(3)]
    draw(storybook, readers)
    assert all(reader.trace for reader in readers)
