import math
from typing import Any

import pytest
from pydantic import ValidationError

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
        ("prompt", "x" * 1001),
        ("prompt", "x" * 10_000),
        ("prompt", 3),
        ("negative_prompt", "x" * 1001),
        ("negative_prompt", "x" * 10_000),
        ("steps", 0),
        ("steps", 151),
        ("steps", "25"),
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


def test_the_id_of_a_request_is_the_same_in_every_version() -> None:
    assert TraceRequest(prompt="a rabbit").canonical() == (
        '{"guidance_scale":7.0,"negative_prompt":"","prompt":"a rabbit","scheduler":"ddim","seed":0,"steps":25}'
    )
    assert '"prompt":"ein Häschen"' in TraceRequest(prompt="ein Häschen").canonical()
    assert TraceRequest(prompt="a rabbit").id_for("model") == "95e6a85b87968e08"


@pytest.mark.parametrize(
    "edge",
    [
        {"steps": 1},
        {"steps": 150},
        {"seed": 2**32 - 1},
        {"guidance_scale": 50},
        {"prompt": "x" * 1000},
        {"negative_prompt": "x" * 1000},
    ],
)
def test_the_ends_of_a_range_belong_to_it(edge: dict[str, Any]) -> None:
    request = TraceRequest(**{"prompt": "a rabbit", **edge})
    assert request.model_dump().items() >= edge.items()


TWICE = TraceRequest(prompt="a rabbit", steps=4).branched(1, prompt="a castle").branched(3, guidance_scale=0.0)


def test_each_step_has_the_guidance_of_its_time() -> None:
    guidance = [(one.prompt, one.guidance_scale) for one in map(TWICE.guidance_at, range(5))]
    assert guidance == [("a rabbit", 7), ("a castle", 7), ("a castle", 7), ("a castle", 0), ("a castle", 0)]


def test_what_a_run_branched_from_is_a_run_of_its_own() -> None:
    assert TWICE.original(0) == TraceRequest(prompt="a rabbit", steps=4)
    assert TWICE.original(1) == TraceRequest(prompt="a rabbit", steps=4).branched(1, prompt="a castle")


def test_a_run_may_branch_at_its_last_step_and_not_after_it() -> None:
    TWICE.check_num_steps(3)
    with pytest.raises(InvalidRequest, match="must be 1 to 2, the steps of this run") as refusal:
        TWICE.check_num_steps(2)
    assert (refusal.value.field, refusal.value.suggestion) == ("branched_from.1.step", 2)


@pytest.mark.parametrize("steps", [(2, 2), (3, 2)])
def test_a_run_branches_in_the_order_of_its_steps(steps: tuple[int, int]) -> None:
    origins = [{"step": step, "prompt": "a castle"} for step in steps]
    with pytest.raises(InvalidRequest, match="must be in the order of their steps, each once"):
        TraceRequest.checked(prompt="a rabbit", branched_from=origins)


def test_only_guidance_changes_at_a_step() -> None:
    with pytest.raises(InvalidRequest, match="cannot change at a step; prompt, negative_prompt, guidance_scale can"):
        TWICE.branched(2, seed=4)


RABBIT = TraceRequest(prompt="a rabbit", steps=4)


def test_a_request_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        RABBIT.seed = 4


def test_a_branch_at_the_start_is_a_fresh_run() -> None:
    assert RABBIT.branched(0, prompt="a castle") == TraceRequest(prompt="a castle", steps=4)


def test_a_branch_before_the_last_one_forgets_it() -> None:
    assert RABBIT.branched(3, prompt="a castle").branched(2, prompt="a fox") == RABBIT.branched(2, prompt="a fox")
    assert RABBIT.branched(2, prompt="a castle").branched(2, prompt="a fox") == RABBIT.branched(2, prompt="a fox")


def test_a_branch_that_changes_nothing_is_the_run_itself() -> None:
    assert RABBIT.branched(2) == RABBIT
    assert RABBIT.branched(2, prompt="a castle").branched(2, prompt=RABBIT.prompt) == RABBIT
    origins: Any = [{"step": 2, "prompt": RABBIT.prompt}]
    said_at_length = TraceRequest(**RABBIT.model_dump(), branched_from=origins)
    assert said_at_length.id_for("model") == RABBIT.id_for("model")


def test_a_run_may_branch_sixteen_times_and_at_no_step_beyond_300() -> None:
    def origins(*steps: int) -> list[dict[str, Any]]:
        return [{"step": step, "prompt": f"prompt {step}"} for step in steps]

    for allowed in (range(1, 17), (300,)):
        request = TraceRequest.checked(prompt="a rabbit", branched_from=origins(*allowed))
        assert [origin.step for origin in request.simplified().branched_from] == list(allowed)
    for refused in (range(1, 18), (301,), (0,)):
        with pytest.raises(InvalidRequest, match="branched_from"):
            TraceRequest.checked(prompt="a rabbit", branched_from=origins(*refused))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"guidance_scale": 51}, "Guidance is 51; it must be 0 to 50."),
        ({"negative_prompt": 3}, "Negative prompt is 3; it must be text."),
        ({"scheduler": "ddpm"}, "Sampler is 'ddpm'; it must be one of ddim, pndm, lms, euler"),
        ({"seed": 10**5000}, "Seed is a value of type int; it must be 0 to 4294967295."),
        ({"branched_from": 5}, "Earlier runs is 5; it must be a list."),
        ({"branched_from": [{"prompt": "a", "step": 0}]}, "Step of the branch is 0; it must be 1 to 300."),
        ({"branched_from": [{"prompt": "a", "step": 1, "a.b": 1}]}, "branched_from.0.a.b is 1; it is not a field"),
        ({"colour": "red"}, "colour is 'red'; it is not a field"),
    ],
)
def test_people_read_the_name_that_they_know_the_field_by(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        TraceRequest.checked(prompt="a rabbit", **fields)
    assert refusal.value.sentence.startswith(sentence)


def test_a_value_is_never_longer_than_a_line() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        TraceRequest.checked(prompt="x" * 100_000)
    assert len(str(refusal.value)) < 300


def test_of_several_fields_that_cannot_be_used_the_first_is_named() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        TraceRequest.checked(prompt="", seed=-1, steps=0)
    assert refusal.value.field == "prompt"


def test_a_branch_right_after_another_starts_from_its_guidance() -> None:
    twice = RABBIT.branched(1, prompt="a castle").branched(2, prompt="a fox")
    assert [twice.guidance_at(step).prompt for step in range(3)] == ["a rabbit", "a castle", "a fox"]


def test_a_guidance_that_comes_back_is_not_a_branch_that_changes_nothing() -> None:
    there_and_back = RABBIT.branched(1, prompt="a castle").branched(2, prompt="a rabbit").branched(3, prompt="a castle")
    assert [there_and_back.guidance_at(step).prompt for step in range(4)] == ["a rabbit", "a castle"] * 2


def test_the_step_of_a_branch_is_a_number_and_no_text() -> None:
    with pytest.raises(InvalidRequest, match="must be a whole number, 1 to 300"):
        TraceRequest.checked(prompt="a rabbit", branched_from=[{"step": "2", "prompt": "a castle"}])


def test_an_endless_list_of_earlier_runs_is_refused_at_its_first_entry() -> None:
    with pytest.raises(InvalidRequest, match=r"branched_from\.0"):
        TraceRequest.checked(prompt="a rabbit", branched_from=range(10**30))
