"""Trajectories: the latents of stored runs at all steps, in two dimensions."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from diffusion_explainer.analysis.payloads import background_of, trajectory_wire
from diffusion_explainer.gallery.index import Gallery
from diffusion_explainer.server.problem_responses import answers
from diffusion_explainer.storage.library import Library

from .comparisons import trace_ids

_KEPT = 64  # answers: UMAP's take a moment


class Line(BaseModel):
    """A run: `points` [N + 1, 2]. `title`: of a run of the background."""

    id: str
    title: str | None = None
    points: list[tuple[float, float]]


class Plane(BaseModel):
    """`explained_variance`: shares of x and y; null for a method that has none."""

    method: str
    seed: int
    parameters: dict[str, float]
    explained_variance: tuple[float, float] | None
    traces: list[Line]
    background: list[Line]


def trajectory_routes(library: Library, gallery: Gallery) -> APIRouter:
    """/api/trajectories."""
    router = APIRouter(prefix="/api/trajectories", tags=["trajectories"])
    kept = _Kept(library, gallery)

    @router.get(
        "/{traces}/{method}",
        summary="Up to four stored runs by pca or umap, with the gallery's behind; `traces`: ids joined by -",
        response_model=Plane,
        responses=answers(404, 422, 501),
    )
    def lines(traces: str, method: str) -> Any:
        return kept.found(trace_ids(traces, fewest=1), method)

    return router


class _Kept:
    """The last answers. One is found at a time: UMAP's parts are not made for threads."""

    def __init__(self, library: Library, gallery: Gallery) -> None:
        self._library, self._gallery = library, gallery
        self._lock = threading.Lock()
        self._answers: OrderedDict[tuple[Any, ...], dict[str, Any]] = OrderedDict()

    def found(self, ids: list[str], method: str) -> dict[str, Any]:
        with self._lock:
            background = background_of(self._gallery, ids)
            key = (method, *ids, *(listing["id"] for listing in background))
            if key not in self._answers:
                self._answers[key] = trajectory_wire(self._library.open, background, ids, method)
            self._answers.move_to_end(key)
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
            return self._answers[key]
