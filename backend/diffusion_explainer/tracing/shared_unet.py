"""One UNet for the runs of many pipelines: what they ask for at a time is predicted in one call."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from diffusion_explainer.traces.attention import AttentionLayer

from .cross_attention import CrossAttention
from .rounds import Rounds

Maps = NDArray[np.float16]


@dataclass(frozen=True)
class Call:
    """What one run asks a UNet: samples [2, C, h, w], unconditional and conditional, and the rest of the arguments."""

    sample: torch.Tensor
    timestep: Any
    kwargs: dict[str, Any]

    @property
    def kind(self) -> str:
        """Equal for calls that can be made as one."""
        return f"{_kind(self.sample)} {_kind(self.kwargs)}"

    @property
    def timesteps(self) -> torch.Tensor:
        """One for each sample."""
        return torch.as_tensor(self.timestep, device=self.sample.device).expand(len(self.sample))


@dataclass(frozen=True)
class Prediction:
    """What the UNet returned for one run, and its attention maps [L, h, w]."""

    output: tuple[torch.Tensor]
    maps: Maps
    layers: list[AttentionLayer]


class Predictor:
    """Makes calls of one UNet, those that can be as one."""

    def __init__(self, unet: Any) -> None:
        self.unet, self._attention = unet, CrossAttention(unet)

    def __call__(self, calls: Sequence[Call]) -> list[Prediction]:
        """The predictions of the calls, each equal to that of a call alone to 1e-4, relative; of one, bit for bit."""
        predictions: dict[int, Prediction] = {}
        for kind in dict.fromkeys(call.kind for call in calls):
            places = [place for place, call in enumerate(calls) if call.kind == kind]
            predictions.update(zip(places, self._predict([calls[place] for place in places]), strict=True))
        return [predictions[place] for place in range(len(calls))]

    def _predict(self, calls: Sequence[Call]) -> list[Prediction]:
        call = calls[0] if len(calls) == 1 else _merged(calls)
        with self._attention.watching():
            output = self.unet(call.sample, call.timestep, **call.kwargs)
        layers = self._attention.layers
        maps = self._attention.take((call.sample.shape[-2], call.sample.shape[-1]))
        return [Prediction((part,), maps[place], layers) for place, part in enumerate(_parts(output[0], len(calls)))]


class SharedUNet(torch.nn.Module):
    """What the pipeline of one run has for its UNet: hooks see this run's samples alone.

    `layers`, `take` and `watching` are those of CrossAttention, of the last call.
    """

    def __init__(self, predictor: Predictor, rounds: Rounds) -> None:
        super().__init__()
        # Outside of torch's register: the UNet is no part of this module, and its hooks are others'.
        self.__dict__.update(predictor=predictor, rounds=rounds)
        self.layers: list[AttentionLayer] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["predictor"].unet, name)

    def forward(self, sample: torch.Tensor, timestep: Any, **kwargs: Any) -> tuple[torch.Tensor]:
        prediction: Prediction = self.rounds.call(self.predictor, Call(sample, timestep, kwargs))
        self.layers, self._maps = prediction.layers, prediction.maps
        return prediction.output

    def take(self, latent_shape: tuple[int, int]) -> list[Maps]:
        """The maps [L, h, w] of the run's prompt."""
        return [self._maps]

    def watching(self) -> contextlib.nullcontext[None]:
        """The predictor watches each call."""
        return contextlib.nullcontext()


def _kind(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return f"{value.dtype}{tuple(value.shape[1:])}"
    if isinstance(value, dict):
        return " ".join(f"{name}={_kind(part)}" for name, part in sorted(value.items()))
    return repr(value)


def _merged(calls: Sequence[Call]) -> Call:
    return Call(
        _joined([call.sample for call in calls]),
        _joined([call.timesteps for call in calls]),
        _joined([call.kwargs for call in calls]),
    )


def _joined(values: Sequence[Any]) -> Any:
    """All unconditional halves, then all conditional ones, as in a pipeline's call for many prompts."""
    first = values[0]
    if isinstance(first, torch.Tensor):
        return torch.cat([value.chunk(2)[half] for half in (0, 1) for value in values])
    if isinstance(first, dict):
        return {name: _joined([value[name] for value in values]) for name in first}
    return first


def _parts(joined: torch.Tensor, runs: int) -> list[torch.Tensor]:
    """The two samples of each run, as its own call would have returned them."""
    if runs == 1:
        return [joined]
    unconditional, conditional = joined.chunk(2)
    return [torch.stack(pair) for pair in zip(unconditional, conditional, strict=True)]
