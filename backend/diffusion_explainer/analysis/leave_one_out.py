"""A prompt and the same without each of its words: which word moved the picture, how far, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diffusion_explainer.requests.variations import Word, words_of
from diffusion_explainer.traces import outputs
from diffusion_explainer.traces.diffusion import relative_distance
from diffusion_explainer.traces.trace import Trace

from .comparison import Map


@dataclass(frozen=True)
class LeftOut:
    """The run without one word. `distance`: of its final latent from the original's, relative.

    `difference_map` [h, w] says where: the norm of the difference over the channels.
    """

    word: str
    trace: Trace
    distance: float
    difference_map: Map


@dataclass(frozen=True)
class LeaveOneOut:
    """A prompt, and the same without each of its words, all from one seed."""

    original: Trace
    left_out: tuple[LeftOut, ...]

    @classmethod
    def of(cls, traces: Sequence[Trace]) -> LeaveOneOut:
        """Of the traces of `requests.variations.without_each_word`, in its order."""
        original, *others = traces
        words = words_of(original.request.prompt)
        return cls(original, tuple(_left_out(*each, original) for each in zip(words, others, strict=True)))

    def _repr_html_(self) -> str:
        return outputs.registered().html(self)


def _left_out(word: Word, trace: Trace, original: Trace) -> LeftOut:
    difference = trace.final_latent - original.final_latent
    distance = relative_distance(trace.final_latent, original.final_latent)
    return LeftOut(word.text, trace, distance, np.linalg.norm(difference, axis=0).astype(np.float32))
