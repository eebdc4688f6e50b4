"""What is said of a field that cannot be used; whole requests, for the words are made from their schema."""

from typing import Any

import pytest
from pydantic import ValidationError

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.requests.validation import Fields

EXAMPLE = "a cute rabbit in space, pixel art"


def explained(**fields: Any) -> list[InvalidRequest]:
    with pytest.raises(ValidationError) as refusal:
        TraceRequest(**fields)
    return TraceRequest.fields().explained(refusal.value.errors())


@pytest.mark.parametrize(
    ("fields", "field", "message", "suggestion"),
    [
        ({"prompt": ""}, "prompt", "must not be empty", EXAMPLE),
        ({"prompt": " "}, "prompt", "must not be empty", EXAMPLE),
        ({"prompt": "x" * 1001}, "prompt", "must be at most 1000 characters; it has 1001", "x" * 1000),
        ({"prompt": 5}, "prompt", "must be text", EXAMPLE),
        ({"steps": 0}, "steps", "must be 1 to 150", 1),
        ({"steps": 151}, "steps", "must be 1 to 150", 150),
        ({"steps": 2.5}, "steps", "must be a whole number, 1 to 150", 25),
        ({"seed": 2**32}, "seed", "must be 0 to 4294967295", 2**32 - 1),
        ({"guidance_scale": 50.5}, "guidance_scale", "must be 0 to 50", 50),
        ({"guidance_scale": "7"}, "guidance_scale", "must be a number, 0 to 50", 7.0),
        ({"scheduler": "DDIMM"}, "scheduler", "must be one of ddim, pndm", "ddim"),
        ({"scheduler": "????"}, "scheduler", "must be one of ddim, pndm", "ddim"),
        ({"guidance": 7}, "guidance", "is not a field; the fields are prompt, negative_prompt", "guidance_scale"),
        ({"branched_from": [{"step": 0, "prompt": "a"}]}, "branched_from.0.step", "must be 1 to 300", 1),
        ({"branched_from": [{"step": 1}]}, "branched_from.0.prompt", "must be given", EXAMPLE),
        (
            {"branched_from": [{"step": 1, "prompt": "a", "steps": 1}]},
            "branched_from.0.steps",
            "is not a field; the fields are prompt, negative_prompt, guidance_scale, step",
            "step",
        ),
        ({"branched_from": [{"step": 1, "prompt": "a"}] * 2}, "branched_from", "must be in the order", None),
        ({"branched_from": [{"step": 1, "prompt": "a"}] * 17}, "branched_from", "must have 0 to 16 entries", None),
    ],
)
def test_a_field_is_named_with_what_it_must_be_and_a_value_that_would_do(
    fields: dict[str, Any], field: str, message: str, suggestion: object
) -> None:
    (error,) = explained(**{"prompt": "a", **fields})
    assert error.field == field
    assert error.message.startswith(message)
    assert error.suggestion == suggestion


def test_a_field_that_is_missing_has_no_value() -> None:
    (error,) = explained(seed=1)
    assert (error.field, error.value, error.message) == ("prompt", None, "must be given")


def test_every_field_has_its_bounds_and_its_default() -> None:
    fields = TraceRequest.fields()
    assert fields.names[:3] == ("prompt", "negative_prompt", "guidance_scale")
    assert fields.limits()["prompt"] == {"min_length": 1, "max_length": 1000}
    assert fields.limits()["seed"] == {"minimum": 0, "maximum": 2**32 - 1}
    assert "scheduler" not in fields.limits()
    assert fields.defaults() == {
        "negative_prompt": "",
        "guidance_scale": 7.0,
        "seed": 0,
        "steps": 25,
        "scheduler": "ddim",
    }


def explained_number(**schema: Any) -> InvalidRequest:
    fields = Fields({"properties": {"size": {"type": "number", "default": 1, **schema}}})
    (error,) = fields.explained([{"loc": ("size",), "type": "less_than_equal", "input": 10**9}])
    return error


@pytest.mark.parametrize("bound", [999_999.0, 1_000_000, 4_294_967_295])
def test_a_bound_is_written_with_all_its_digits(bound: float) -> None:
    assert explained_number(minimum=0.5, maximum=bound).message == f"must be 0.5 to {int(bound)}"


@pytest.mark.parametrize("bound", [{"minimum": 0}, {"maximum": 9}])
def test_a_number_with_a_bound_on_one_side_is_answered_with_its_default(bound: dict[str, int]) -> None:
    assert explained_number(**bound).suggestion == 1
