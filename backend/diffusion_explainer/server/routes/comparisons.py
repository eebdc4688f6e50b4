"""Comparisons: two to four runs from one noise, and what differs between them."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from diffusion_explainer.analysis.comparison import Comparison, check_shared
from diffusion_explainer.analysis.payloads import comparison_wire
from diffusion_explainer.analysis.trajectory import MOST_TRACES
from diffusion_explainer.engine import Engine
from diffusion_explainer.engine.groups import Groups
from diffusion_explainer.errors import GroupNotFound
from diffusion_explainer.rendering.comparison_report import comparison_page
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.server.middleware import IMMUTABLE
from diffusion_explainer.server.problem_responses import answers
from diffusion_explainer.storage.library import Library

from .groups import ACCEPTED, Standing, group_routes, standing

NOUN = "comparisons"


class Comparing(BaseModel):
    """Runs to compare: they share seed, steps and scheduler."""

    model_config = ConfigDict(extra="forbid")

    requests: list[TraceRequest] = Field(
        min_length=2, max_length=MOST_TRACES, description="The first is compared with each other."
    )


def comparison_routes(engine: Engine, library: Library, groups: Groups) -> APIRouter:
    """/api/comparisons."""
    router = group_routes(NOUN, "a comparison", groups)

    @router.post("", summary="Asks for two to four runs, drawn together", response_model=Standing, responses=ACCEPTED)
    async def ask(comparing: Comparing) -> Response:
        check_shared(comparing.requests)
        return standing(await groups.submit(NOUN, comparing.requests, joined=True), engine, NOUN)

    @router.get(
        "/{group_id}",
        summary="What differs between stored runs, step by step; the id is the ids of the traces, joined by -",
        response_model=Standing,
        responses={202: {"model": Standing, "description": "Under way"}, **answers(404, 422)},
    )
    async def document(group_id: str) -> Response:
        ids = trace_ids(group_id)
        if await run_in_threadpool(lambda: all(library.has(trace_id) for trace_id in ids)):
            return JSONResponse(await run_in_threadpool(_document, library, ids))
        return standing(groups.get(NOUN, group_id), engine, NOUN)

    @router.get(
        "/{pair}/report",
        summary="Two stored runs and what differs, as HTML that stands alone; `pair`: their ids joined by -",
        response_class=Response,
        responses={200: {"content": {"text/html": {}}}, **answers(404, 422)},
    )
    def report(pair: str) -> Response:
        a, b = (library.open(trace_id) for trace_id in trace_ids(pair, most=2))
        headers = {"Content-Disposition": f'attachment; filename="comparison-{pair}.html"', "Cache-Control": IMMUTABLE}
        return Response(comparison_page(Comparison(a, b)), media_type="text/html", headers=headers)

    return router


def trace_ids(joined: str, fewest: int = 2, most: int = MOST_TRACES) -> list[str]:
    """The ids in "a-b-c"; GroupNotFound for too few or too many."""
    ids = joined.split("-")
    if not fewest <= len(ids) <= most:
        raise GroupNotFound(joined)
    return ids


def _document(library: Library, ids: list[str]) -> dict[str, Any]:
    return comparison_wire([library.open(trace_id) for trace_id in ids])
