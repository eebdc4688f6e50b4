from collections.abc import Sequence
from typing import Any

import pytest

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.requests.variations import branch_request, grid_requests, without_each_word, words_of

RABBIT = TraceRequest(prompt="a cute rabbit in space", seed=3, steps=3)


def test_each_word_is_left_out_once() -> None:
    words = words_of("a cute rabbit, pixel art")
    assert [(word.text, word.without) for word in words] == [
        ("a", "cute rabbit, pixel art"),
        ("cute", "a rabbit, pixel art"),
        ("rabbit", "a cute, pixel art"),
        ("pixel", "a cute rabbit, art"),
        ("art", "a cute rabbit, pixel"),
    ]
    assert [(word.start, word.end) for word in words][2] == (7, 13)
    assert words_of("rabbit") == []
    assert len(set(words)) == 5


@pytest.mark.parametrize(
    ("rows", "columns", "field", "value"),
    [
        (("seed", [1]), ("seed", [2]), "columns", "seed"),
        (("seed", range(9)), ("guidance_scale", range(9)), "rows and columns", 81),
        (("seed", [-1]), ("steps", [2]), "seed", -1),
        (("colour", ["red"]), ("steps", [2]), "colour", "red"),
    ],
)
def test_what_makes_no_grid_is_named(
    rows: tuple[str, Sequence[Any]], columns: tuple[str, Sequence[Any]], field: str, value: object
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        grid_requests(RABBIT, rows, columns)
    assert (refusal.value.field, refusal.value.value) == (field, value)


def test_a_grid_has_a_request_a_cell_row_by_row() -> None:
    cells = grid_requests(RABBIT, ("seed", [1, 2]), ("steps", [4, 5]))
    assert [(cell.seed, cell.steps) for cell in cells] == [(1, 4), (1, 5), (2, 4), (2, 5)]
    assert {cell.prompt for cell in cells} == {RABBIT.prompt}


def test_a_group_has_at_most_64_requests() -> None:
    assert len(grid_requests(RABBIT, ("seed", range(8)), ("steps", range(1, 9)))) == 64
    longest = RABBIT.model_copy(update={"prompt": " ".join(["word"] * 63)})
    assert len(without_each_word(longest)) == 64
    with pytest.raises(InvalidRequest, match="must have 2 to 63 words, to leave one out; it has 64"):
        without_each_word(longest.model_copy(update={"prompt": f"{longest.prompt} word"}))
    for rows in (range(0), range(65)):
        with pytest.raises(InvalidRequest, match="must make 1 to 64 cells") as refusal:
            grid_requests(RABBIT, ("seed", rows), ("steps", [1]))
        assert refusal.value.value == len(rows)


def test_the_whole_prompt_comes_before_those_without_a_word() -> None:
    prompts = [request.prompt for request in without_each_word(RABBIT.model_copy(update={"prompt": "cute rabbit"}))]
    assert prompts == ["cute rabbit", "rabbit", "cute"]


@pytest.mark.parametrize(("step", "nearest"), [(-1, 0), (4, 3)])
def test_a_branch_outside_the_run_is_refused_with_the_nearest_step(step: int, nearest: int) -> None:
    with pytest.raises(InvalidRequest, match="must be 0 to 3, the steps of the trace") as refusal:
        branch_request(RABBIT, 3, step, prompt="a castle")
    assert refusal.value.suggestion == nearest


@pytest.mark.parametrize("step", [0, 3])
def test_a_branch_may_be_at_either_end_of_the_run(step: int) -> None:
    assert branch_request(RABBIT, 3, step, prompt="a castle") == RABBIT.branched(step, prompt="a castle")
