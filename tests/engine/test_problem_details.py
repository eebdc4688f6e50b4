import json
from typing import Any

import pytest

from diffusion_explainer import errors
from diffusion_explainer.engine.problem_details import echo, problem_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidRequest("steps", 0, "must be 1 to 150", 1), 422),
        (errors.TraceNotFound("ff"), 404),
        (errors.FileNotInBundle("ff", "x"), 404),
        (errors.GroupNotFound("ff"), 404),
        (errors.NotInstalled("umap-learn", "umap"), 501),
        (errors.QueueFull(3, 5), 429),
        (errors.ModelUnavailable("loading", 5), 503),
        (errors.BundleTooNew("x", 9, 1), 500),
        (RuntimeError("secret"), 500),
        (MemoryError(), 503),
    ],
)
def test_every_error_has_its_status_and_says_what_happened(error: Exception, status: int) -> None:
    problem = problem_of(error)
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]


def test_an_error_that_was_not_raised_on_purpose_keeps_its_words() -> None:
    assert "secret" not in json.dumps(problem_of(RuntimeError("secret")))


def test_a_field_is_told_with_its_value_and_one_that_would_do() -> None:
    problem = problem_of(errors.InvalidRequest("steps", 0, "must be 1 to 150", 1))
    assert problem["detail"] == "steps is 0; it must be 1 to 150."
    assert problem["errors"] == [{"field": "steps", "value": 0, "message": "must be 1 to 150", "suggestion": 1}]


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 10**400, 10**5000, "\ud800", {"a": {1, 2}}, "x" * 10**6],
    ids=["nan", "infinity", "hundreds of digits", "thousands of digits", "half a character", "a set", "a long text"],
)
def test_any_value_can_be_sent_back(value: Any) -> None:
    assert len(json.dumps(echo(value), allow_nan=False)) < 1000


@pytest.mark.parametrize(
    "error",
    [
        errors.BundleDamaged("/srv/somebody/store/ab12: arrays.safetensors is empty."),
        errors.BundleTooNew("/srv/somebody/store/ab12", 9, 2),
        errors.StoreNotShared("ab12", "/srv/somebody/store"),
        OSError("/srv/somebody/store is read-only"),
    ],
)
def test_an_answer_does_not_say_where_the_store_is(error: Exception) -> None:
    found = problem_of(error)
    assert found["status"] == 500
    assert "somebody" not in str(found)
