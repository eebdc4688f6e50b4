"""What is said of the runs without a word, from runs whose final latents are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from diffusion_explainer.analysis.leave_one_out import LeaveOneOut
from diffusion_explainer.traces.trace import Trace


def ending_in(trace: Trace, prompt: str, final_latent: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Trace:
    last = dataclasses.replace(trace.steps[-1], next_latent=final_latent)
    request = trace.request.model_copy(update={"prompt": prompt})
    return dataclasses.replace(trace, request=request, steps=(*trace.steps[:-1], last))


def test_each_word_has_the_distance_and_the_map_of_the_run_without_it(trace: Trace) -> None:
    latent = np.full((4, 2, 3), 2, np.float32)
    moved = latent.copy()
    moved[:2, 1, 2] += (3, -4)  # of length 5
    runs = [ending_in(trace, *each) for each in (("cute rabbit", latent), ("rabbit", moved), ("cute", latent))]
    result = LeaveOneOut.of(runs)
    assert result.original is runs[0]
    assert [(one.word, one.trace) for one in result.left_out] == [("cute", runs[1]), ("rabbit", runs[2])]
    assert [one.distance for one in result.left_out] == pytest.approx([5 / np.sqrt(4 * 24), 0])
    first, second = (one.difference_map for one in result.left_out)
    np.testing.assert_allclose(first, [[0, 0, 0], [0, 0, 5]])
    assert not second.any()
    assert first.dtype == np.float32


def test_a_run_is_needed_for_each_word_and_no_more(trace: Trace) -> None:
    latent = np.zeros((4, 2, 3), np.float32)
    runs = [ending_in(trace, prompt, latent) for prompt in ("cute rabbit", "rabbit", "cute", "cute")]
    for wrong in (runs[:2], runs):
        with pytest.raises(ValueError, match="argument"):
            LeaveOneOut.of(wrong)


def test_it_shows_itself_as_html(trace: Trace) -> None:
    runs = [ending_in(trace, prompt, trace.final_latent) for prompt in ("cute rabbit", "rabbit", "cute")]
    assert LeaveOneOut.of(runs)._repr_html_().count("without <s>") == 2
