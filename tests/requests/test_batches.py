from diffusion_explainer.requests.batches import batches
from diffusion_explainer.requests.request import TraceRequest

RABBIT = TraceRequest(prompt="a cute rabbit in space", seed=3, steps=3)


def test_batches_are_of_even_size_and_bounded() -> None:
    nine = [RABBIT.model_copy(update={"seed": seed}) for seed in range(9)]
    assert [len(batch) for batch in batches(nine, largest=8)] == [4, 5]
    assert [len(batch) for batch in batches(nine, largest=3)] == [3, 3, 3]
