from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.attention_processor import AttnProcessor
from numpy.typing import NDArray

from diffusion_explainer.traces import attention
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing.capture import Capture


class KeepsProbabilities(AttnProcessor):  # type: ignore[misc]
    """diffusers' plain attention, which makes the probabilities; keeps the conditional ones."""

    def __init__(self, kept: list[NDArray[np.floating[Any]]]) -> None:
        self.kept = kept

    def __call__(
        self, attn: Any, hidden_states: torch.Tensor, encoder_hidden_states: torch.Tensor | None = None, **kwargs: Any
    ) -> Any:
        if encoder_hidden_states is not None:
            scores = attn.get_attention_scores

            def keep(query: torch.Tensor, key: torch.Tensor, mask: torch.Tensor | None = None) -> Any:
                probabilities = scores(query, key, mask)
                self.kept.append(probabilities.chunk(2)[1].mean(dim=0).T.numpy())
                return probabilities

            attn.get_attention_scores = keep
        try:
            return super().__call__(attn, hidden_states, encoder_hidden_states, **kwargs)
        finally:
            vars(attn).pop("get_attention_scores", None)


def draw(pipeline: Any, **options: Any) -> None:
    pipeline("a cute rabbit", num_inference_steps=1, generator=torch.Generator().manual_seed(3), **options)


def test_the_maps_are_the_probabilities_that_plain_attention_uses(tiny_pipeline: Any) -> None:
    with Capture(tiny_pipeline) as capture:
        draw(tiny_pipeline)
    kept: list[NDArray[np.floating[Any]]] = []
    processors = tiny_pipeline.unet.attn_processors
    tiny_pipeline.unet.set_attn_processor(KeepsProbabilities(kept))
    draw(tiny_pipeline)
    tiny_pipeline.unet.set_attn_processor(processors)
    recorded = capture.steps[0][0].attention
    assert recorded is not None
    np.testing.assert_allclose(recorded, np.asarray(attention.merged(kept, (8, 8))), atol=1e-3)


def test_a_run_names_the_layers_whose_mean_it_shows(trace: Trace, storybook_pipeline: Any) -> None:
    read = {name: part for name, part in storybook_pipeline.unet.named_modules() if name.endswith("attn2")}
    assert len(trace.attention_layers) == len(read) > 0
    assert sorted(layer.heads for layer in trace.attention_layers) == sorted(part.heads for part in read.values())
    for layer in trace.attention_layers:
        assert attention.layer_shape(layer.cells, (16, 16)) == (layer.cells**0.5, layer.cells**0.5)
        assert (layer.heads * layer.head_dim) in {part.to_q.out_features for part in read.values()}


def test_the_shares_of_all_slots_add_up_to_one_at_every_cell(trace: Trace) -> None:
    for step in trace.steps:
        assert step.attention is not None
        assert step.attention.shape == (11, 16, 16)  # start, eight tokens, end, and all padding together
        np.testing.assert_allclose(step.attention.sum(axis=0), 1, atol=5e-3)


def test_coarse_layers_are_laid_over_the_cells_they_stand_for() -> None:
    coarse = np.arange(4, dtype=np.float32).reshape(1, 4)
    fine = np.zeros((1, 16), np.float32)
    expected = np.kron([[0, 1], [2, 3]], np.ones((2, 2))) / 2
    np.testing.assert_allclose(attention.merged([coarse, fine], (4, 4))[0], expected)


@pytest.mark.parametrize(("cells", "shape"), [(64 * 96, (64, 96)), (32 * 48, (32, 48)), (9 * 12, (9, 12))])
def test_a_layer_keeps_the_proportions_of_the_latent(cells: int, shape: tuple[int, int]) -> None:
    latent = (65, 96) if shape == (9, 12) else (64, 96)
    assert attention.layer_shape(cells, latent) == shape


def test_padding_is_counted_as_one() -> None:
    maps = np.full((77, 2, 2), 1 / 77, np.float16)
    merged = attention.by_token(maps, 7)
    assert merged.shape == (8, 2, 2)
    np.testing.assert_allclose(merged[-1], 70 / 77, rtol=1e-2)


def test_slots_before_the_padding_stay_as_they_are() -> None:
    maps = np.arange(12, dtype=np.float16).reshape(6, 1, 2)
    np.testing.assert_array_equal(attention.by_token(maps, 3), [[[0, 1]], [[2, 3]], [[4, 5]], [[24, 27]]])


def test_a_layer_as_fine_as_the_latent_is_not_halved() -> None:
    assert attention.layer_shape(64, (8, 8)) == (8, 8)
    assert attention.layer_shape(15, (9, 12)) == (3, 3)


def test_a_layer_of_uneven_proportions_covers_the_latent_row_by_row() -> None:
    (laid,) = attention.merged([np.arange(6, dtype=np.float32).reshape(1, 6)], (3, 5))
    np.testing.assert_array_equal(laid, [[0, 0, 1, 1, 2], [0, 0, 1, 1, 2], [3, 3, 4, 4, 5]])


def test_a_layer_is_itself_again_after_the_wire() -> None:
    layer = attention.AttentionLayer(cells=64, heads=8, head_dim=40)
    assert layer.to_wire() == {"cells": 64, "heads": 8, "head_dim": 40}
    assert {attention.AttentionLayer.from_wire(layer.to_wire())} == {layer}
