from collections.abc import Sequence
from typing import Any

import pytest

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.requests.variations import grid_requests, words_of

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


@pytest.mark.parametrize(
    ("rows", "columns", "field"),
    [
        (("seed", [1]), ("seed", [2]), "columns"),
        (("seed", range(9)), ("guidance_scale", range(9)), "rows and columns"),
        (("seed", [-1]), ("steps", [2]), "seed"),
        (("colour", ["red"]), ("steps", [2]), "colour"),
    ],
)
def test_what_makes_no_grid_is_named(
    rows: tuple[str, Sequence[Any]], columns: tuple[str, Sequence[Any]], field: str
) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        grid_requests(RABBIT, rows, columns)
    assert refusal.value.field == field
