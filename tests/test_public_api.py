"""Every public function raises the errors that it documents and no other, whatever it is handed."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import diffusion_explainer as dx
from diffusion_explainer import resources
from diffusion_explainer.errors import InvalidRequest, ModelNotFound
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces.trace import Trace

NOWHERE = 3  # names no model: what is valid ends there, and nothing is drawn

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=1100)
    | st.binary(max_size=20)
    | st.integers(1, 2).map(lambda times: 10 ** (5000 * times))
    | st.just(range(10**30)),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from([*TraceRequest.model_fields, "cls", "self", "fields", "value", "a.b", "colour", ""])
SETTINGS = st.dictionaries(FIELDS, ANYTHING, max_size=4)

fuzzed = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def stored() -> Trace:
    """A trace that was drawn before."""
    return dx.open_trace(min(path for path in resources.gallery().iterdir() if path.is_dir()))


def documented(function: Callable[..., Any], *given: Any, **settings: Any) -> None:
    """Calls it; the errors that every function documents are what may come of it."""
    with pytest.raises((InvalidRequest, ModelNotFound)) as refusal:
        function(*given, **settings)
    assert len(str(refusal.value).splitlines()) == 1


@fuzzed
@given(ANYTHING, SETTINGS)
def test_trace(prompt: Any, given: dict[str, Any]) -> None:
    given = {name: value for name, value in given.items() if name in TraceRequest.model_fields}
    given = {name: value for name, value in given.items() if name not in ("prompt", "branched_from")}
    documented(dx.trace, prompt, model=NOWHERE, **given)


@fuzzed
@given(ANYTHING, ANYTHING, SETTINGS)
def test_compare(a: Any, b: Any, given: dict[str, Any]) -> None:
    documented(dx.compare, a, b, model=NOWHERE, **given)


@fuzzed
@given(ANYTHING, SETTINGS)
def test_leave_one_out(prompt: Any, given: dict[str, Any]) -> None:
    given.pop("prompt", None)
    documented(dx.leave_one_out, prompt, model=NOWHERE, **given)


@fuzzed
@given(ANYTHING, SETTINGS)
def test_grid(prompt: Any, given: dict[str, Any]) -> None:
    given.pop("prompt", None)
    documented(dx.grid, prompt, model=NOWHERE, **given)


@fuzzed
@given(ANYTHING, SETTINGS)
def test_branch(stored: Trace, step: Any, given: dict[str, Any]) -> None:
    documented(dx.branch, stored, step=step, model=NOWHERE, **given)


@fuzzed
@given(ANYTHING)
def test_branch_of_what_is_no_trace(value: Any) -> None:
    documented(dx.branch, value, step=1, model=NOWHERE)


@fuzzed
@given(ANYTHING, ANYTHING, ANYTHING)
def test_trajectories(stored: Trace, traces: Any, method: Any, background: Any) -> None:
    documented(dx.trajectories, traces, method=method, background=background)
    documented(dx.trajectories, [stored], method=method)
    documented(dx.trajectories, [stored], background=[background])


@settings(fuzzed, max_examples=20)
@given(ANYTHING.filter(lambda source: source not in (None, "storybook")))
def test_load_model(source: Any) -> None:
    documented(dx.load_model, source)


def test_a_prompt_is_not_a_setting_too() -> None:
    with pytest.raises(InvalidRequest, match="must not be a setting too"):
        dx.compare("a rabbit", "a castle", prompt="a fox", model=NOWHERE)


def test_a_background_of_another_model_is_refused(stored: Trace, tiny_pipeline: Any) -> None:
    other = dx.trace("a rabbit", steps=1, model=tiny_pipeline, progress=False)
    with pytest.raises(InvalidRequest) as refusal:
        dx.trajectories([stored], background=[other])
    assert refusal.value.field == "background"
