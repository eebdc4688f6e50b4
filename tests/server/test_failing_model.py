"""A model that fails in the middle of a run: the run ends with the step and a sentence, and the next one is drawn."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import torch

from diffusion_explainer.tracing.models import Model
from event_streams import Sent, read_events

REQUEST = {"prompt": "a rabbit", "steps": 5}
MORE_THAN_THERE_IS = 2**50  # bytes


def raising(error: Exception) -> Callable[[Any], Any]:
    def fail(output: Any) -> Any:
        raise error

    return fail


@contextmanager
def failing(model: Model, call: int, fail: Callable[[Any], Any]) -> Iterator[None]:
    """What the UNet predicts at that call and after it goes through `fail`."""
    calls = iter(range(10**6))

    def spoil(module: Any, args: Any, output: Any) -> Any:
        return fail(output) if next(calls) >= call else output

    hook = model.pipeline.unet.conv_out.register_forward_hook(spoil)
    try:
        yield
    finally:
        hook.remove()


def draw(http: httpx.Client, seed: int) -> list[Sent]:
    trace_id = http.post("/api/traces", json={**REQUEST, "seed": seed}).json()["id"]
    return list(read_events(http, trace_id))


FAILURES: dict[str, tuple[Callable[[Any], Any], str, str]] = {  # what happens, the kind of the problem, its words
    "an error": (
        raising(RuntimeError("/srv/somebody")),
        "unexpected",
        "RuntimeError. The server's log has the details.",
    ),
    "NaN": (lambda output: output * torch.nan, "not-finite", "noise_unconditional of step 3 is not a number"),
    "out of memory": (raising(MemoryError()), "out-of-memory", "more memory than the server has free"),
    "out of a GPU's memory": (
        raising(torch.OutOfMemoryError()),
        "out-of-memory",
        "more memory than the server has free",
    ),
    "out of torch's memory": (
        lambda output: torch.empty(MORE_THAN_THERE_IS, dtype=torch.uint8),
        "out-of-memory",
        "more memory than the server has free",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_a_model_that_fails_at_a_step_ends_the_run_there_and_the_next_is_drawn(
    http: httpx.Client, storybook: Model, failure: str
) -> None:
    fail, kind, words = FAILURES[failure]
    seed = 50 + list(FAILURES).index(failure)
    with failing(storybook, 2, fail):
        events = draw(http, seed)
    assert [event.name for event in events] == ["queued", "tokens", "text", "step", "step", "failed"]
    assert events[-1].content["type"] == f"/api/docs#{kind}"
    assert words in events[-1].content["detail"]
    assert "/srv" not in str(events)
    assert [event.name for event in draw(http, seed)][-1] == "done"
