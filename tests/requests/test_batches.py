from typing import Any

from diffusion_explainer.requests.batches import batches
from diffusion_explainer.requests.request import TraceRequest

RABBIT = TraceRequest(prompt="a cute rabbit in space", seed=3, steps=3)


def test_batches_are_of_even_size_and_bounded() -> None:
    nine = [RABBIT.model_copy(update={"seed": seed}) for seed in range(9)]
    assert [len(batch) for batch in batches(nine, largest=8)] == [4, 5]
    assert [len(batch) for batch in batches(nine, largest=3)] == [3, 3, 3]


def test_runs_of_other_steps_or_samplers_make_batches_of_their_own() -> None:
    changes: list[dict[str, Any]] = [{}, {"steps": 4}, {"seed": 4}, {"scheduler": "lms"}, {"seed": 5}]
    first, longer, second, other, third = (RABBIT.model_copy(update=change) for change in changes)
    assert list(batches([first, longer, second, other, third])) == [[first, second, third], [longer], [other]]


def test_a_batch_has_at_most_eight_requests() -> None:
    assert [len(batch) for batch in batches([RABBIT] * 16)] == [8, 8]
    assert [len(batch) for batch in batches([RABBIT] * 8)] == [8]
    assert [len(batch) for batch in batches([RABBIT] * 9)] == [4, 5]
