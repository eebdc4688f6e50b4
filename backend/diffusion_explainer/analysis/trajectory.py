"""The paths of several runs through latent space, as lines in a plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.traces import outputs
from diffusion_explainer.traces.trace import Trace

from . import projection
from .projection import Method, Points

MAX_TRACES = 4
MAX_BACKGROUND = 12

_DIGITS = 5  # of a coordinate on the wire


@dataclass(frozen=True, eq=False)
class Background:
    """A run that is not asked about, for scale."""

    title: str
    trace: Trace


@dataclass(frozen=True, eq=False)
class Trajectories:
    """`lines[i]` [N + 1, 2] are the latents of `traces[i]` before each step and after the last.

    `background_lines` likewise. `explained_variance`: shares of x and y, of PCA alone.
    """

    method: Method
    traces: tuple[Trace, ...]
    background: tuple[Background, ...]
    lines: tuple[Points, ...]
    background_lines: tuple[Points, ...]
    explained_variance: tuple[float, float] | None

    def to_wire(self) -> dict[str, Any]:
        """What GET /api/trajectories answers."""
        umap = self.method == "umap"
        return {
            "method": self.method,
            "seed": projection.UMAP_SEED,
            "parameters": projection.UMAP_PARAMETERS if umap else {},
            "explained_variance": self.explained_variance
            and [round(share, _DIGITS) for share in self.explained_variance],
            "traces": [
                {"id": trace.id, "points": _rounded(line)} for trace, line in zip(self.traces, self.lines, strict=True)
            ],
            "background": [
                {"id": one.trace.id, "title": one.title, "points": _rounded(line)}
                for one, line in zip(self.background, self.background_lines, strict=True)
            ],
        }

    def _repr_html_(self) -> str:
        return outputs.registered().html(self)


def trajectories(traces: Sequence[Trace], background: Sequence[Background] = (), method: str = "pca") -> Trajectories:
    """Up to four runs by PCA or UMAP, with others for scale.

    PCA's axes are fitted to `traces` alone, the background is put onto them; UMAP is fitted to all.
    Raises InvalidRequest for runs whose latents cannot be set side by side, NotInstalled for a UMAP that is not there.
    """
    chosen = projection.checked_method(method)
    _check(traces, background)
    own, behind = [_points(trace) for trace in traces], [_points(one.trace) for one in background]
    if chosen == "pca":
        layout, others = projection.pca(np.concatenate(own), np.concatenate([*behind, own[0][:0]]))
        coordinates = np.concatenate([layout.points, others])
    else:
        layout = projection.umap(np.concatenate([*own, *behind]))
        coordinates = layout.points
    lines = np.split(coordinates, np.cumsum([len(points) for points in (*own, *behind)])[:-1])
    return Trajectories(
        chosen,
        tuple(traces),
        tuple(background),
        tuple(lines[: len(own)]),
        tuple(lines[len(own) :]),
        layout.explained_variance,
    )


def comparable(trace: Trace, other: Trace) -> bool:
    """Whether their latents live in one space."""
    return trace.model.fingerprint == other.model.fingerprint and trace.latents.shape[1:] == other.latents.shape[1:]


def _check(traces: Sequence[Trace], background: Sequence[Background]) -> None:
    if not 1 <= len(traces) <= MAX_TRACES:
        raise InvalidRequest("traces", len(traces), f"must be 1 to {MAX_TRACES} runs")
    others = [*(("traces", trace) for trace in traces[1:]), *(("background", one.trace) for one in background)]
    for field, trace in others:
        if not comparable(trace, traces[0]):
            raise InvalidRequest(field, trace.id, f"must be of the model and latent size of {traces[0].id}")


def _points(trace: Trace) -> Points:
    """The latents as the UNet sees them, variance-preserving, [N + 1, C · h · w]."""
    scales = [*(step.latent_scale for step in trace.steps), trace.final_latent_scale]
    latents: Points = trace.latents.astype(np.float64) * np.array(scales)[:, None, None, None]
    return latents.reshape(len(latents), -1)


def _rounded(line: Points) -> list[list[float]]:
    rounded: list[list[float]] = line.round(_DIGITS).tolist()
    return rounded
