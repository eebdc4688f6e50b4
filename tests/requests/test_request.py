import math
from typing import Any

import pytest

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest


def test_equal_requests_have_one_id_however_they_are_written() -> None:
    one = TraceRequest(prompt="a rabbit", guidance_scale=7)
    other = TraceRequest(guidance_scale=7.0, prompt="a rabbit", seed=0, negative_prompt="")
    assert one.id_for("model") == other.id_for("model")


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"guidance_scale": 7.5}, {"steps": 24}, {"scheduler": "lms"}, {"negative_prompt": "x"}]
)
def test_any_change_of_a_setting_changes_the_id(change: dict[str, Any]) -> None:
    assert TraceRequest(prompt="a rabbit", **change).id_for("m") != TraceRequest(prompt="a rabbit").id_for("m")


def test_another_model_makes_another_id() -> None:
    request = TraceRequest(prompt="a rabbit")
    assert request.id_for("one") != request.id_for("other")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", ""),
        ("prompt", " \n"),
        ("prompt", "x" * 10_000),
        ("prompt", 3),
        ("negative_prompt", "x" * 10_000),
        ("steps", 0),
        ("steps", 1000),
        ("steps", 2.5),
        ("seed", -1),
        ("seed", 2**32),
        ("seed", "3"),
        ("guidance_scale", math.nan),
        ("guidance_scale", math.inf),
        ("guidance_scale", -1.0),
        ("guidance_scale", 51.0),
        ("scheduler", "ddpm"),
        ("colour", "red"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_field(field: str, value: object) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        TraceRequest.checked(**{"prompt": "a rabbit", field: value})
    assert refusal.value.field == field
    assert field in str(refusal.value)


def test_guidance_may_be_zero_and_one() -> None:
    assert TraceRequest(prompt="a", guidance_scale=0).guidance_scale == 0
    assert TraceRequest(prompt="a", guidance_scale=1).guidance_scale == 1
