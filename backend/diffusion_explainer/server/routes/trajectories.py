"""Trajectories: the latents of stored runs at all steps, in two dimensions."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from diffusion_explainer.analysis.payloads import trajectory_payload
from diffusion_explainer.analysis.projection import METHODS, Method, checked_method
from diffusion_explainer.gallery.index import Gallery
from diffusion_explainer.gallery.payloads import background_of
from diffusion_explainer.server.problem_responses import problem_responses
from diffusion_explainer.server.slow_work import SlowWork
from diffusion_explainer.storage.library import Library

from .comparisons import trace_ids

_CACHE_SIZE = 64  # answers of a method; one by UMAP takes seconds


class Trajectory(BaseModel):
    """A run: `points` [N + 1, 2]. `title`: only of a run of the gallery."""

    id: str
    title: str | None = None
    points: list[tuple[float, float]]


class Trajectories(BaseModel):
    """`explained_variance`: shares of x and y; null for a method that has none."""

    method: str
    seed: int
    parameters: dict[str, float]
    explained_variance: tuple[float, float] | None
    traces: list[Trajectory]
    background: list[Trajectory]


def trajectory_routes(library: Library, gallery: Gallery) -> APIRouter:
    """/api/trajectories."""
    router = APIRouter(prefix="/api/trajectories", tags=["trajectories"])
    layouts = {method: _Layouts(library, gallery, method) for method in METHODS}

    @router.get(
        "/{traces}/{method}",
        summary="Up to four stored runs by pca or umap, before those of the gallery; `traces`: ids joined by -",
        response_model=Trajectories,
        responses=problem_responses(404, 422, 501, 503),
    )
    async def trajectories(traces: str, method: str) -> Any:
        return await layouts[checked_method(method)].find(trace_ids(traces, fewest=1))

    return router


class _Layouts:
    """The latest answers by one method. One is computed at a time: UMAP is not safe for threads."""

    def __init__(self, library: Library, gallery: Gallery, method: Method) -> None:
        self._library, self._gallery, self._method = library, gallery, method
        self._one_at_a_time = SlowWork()
        self._answers: OrderedDict[tuple[str, ...], dict[str, Any]] = OrderedDict()

    async def find(self, ids: list[str]) -> dict[str, Any]:
        return await self._one_at_a_time.run(lambda: self._find(ids))

    def _find(self, ids: list[str]) -> dict[str, Any]:
        background = background_of(self._gallery, ids)
        key = (*ids, "", *(listing["id"] for listing in background))
        if key not in self._answers:
            self._answers[key] = trajectory_payload(self._library.open, background, ids, self._method)
        self._answers.move_to_end(key)
        while len(self._answers) > _CACHE_SIZE:
            self._answers.popitem(last=False)
        return self._answers[key]
