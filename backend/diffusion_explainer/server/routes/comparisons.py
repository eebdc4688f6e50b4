"""Comparisons: two to four runs from the same starting noise, and what differs between them."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from diffusion_explainer.analysis.comparison import Comparison, check_shared
from diffusion_explainer.analysis.payloads import comparison_payload
from diffusion_explainer.analysis.trajectory import MAX_TRACES
from diffusion_explainer.engine.groups import Groups
from diffusion_explainer.errors import GroupNotFound
from diffusion_explainer.rendering.comparison_report import comparison_page
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.server.middleware import IMMUTABLE
from diffusion_explainer.server.problem_responses import problem_responses
from diffusion_explainer.server.slow_work import SlowWork
from diffusion_explainer.storage.library import Library

from .group_routes import SUBMITTED, UNDER_WAY, GroupStatus, group_routes, group_status

NOUN = "comparisons"


class ComparisonRequest(BaseModel):
    """Runs to compare: they share seed, steps and scheduler."""

    model_config = ConfigDict(extra="forbid")

    requests: list[TraceRequest] = Field(
        min_length=2, max_length=MAX_TRACES, description="The first is compared with each other."
    )


def comparison_routes(library: Library, groups: Groups) -> APIRouter:
    """/api/comparisons."""
    router = group_routes(NOUN, "a comparison", groups)
    differences, reports = SlowWork(threads=2), SlowWork()

    @router.post("", summary="Generates two to four runs together", response_model=GroupStatus, responses=SUBMITTED)
    async def submit(asked: ComparisonRequest) -> Response:
        check_shared(asked.requests)
        group, share = await groups.submit(NOUN, asked.requests, joined=True)
        return group_status(group, NOUN, share)

    @router.get(
        "/{group_id}",
        summary="What differs between stored runs, step by step; the id is the ids of the traces, joined by -",
        response_model=GroupStatus,
        responses={**UNDER_WAY, **problem_responses(404, 422, 503)},
    )
    async def document(group_id: str) -> Response:
        ids = trace_ids(group_id)
        if await run_in_threadpool(lambda: all(library.has(trace_id) for trace_id in ids)):
            found = await differences.run(lambda: comparison_payload([library.open(trace_id) for trace_id in ids]))
            return JSONResponse(found)
        return group_status(groups.get(NOUN, group_id), NOUN)

    @router.get(
        "/{pair}/report",
        summary="Two stored runs and what differs, as a self-contained HTML page; `pair`: their ids joined by -",
        response_class=Response,
        responses={200: {"content": {"text/html": {}}}, **problem_responses(404, 422, 503)},
    )
    async def report(pair: str) -> Response:
        ids = trace_ids(pair, most=2)
        page = await reports.run(lambda: comparison_page(Comparison(*map(library.open, ids))))
        headers = {"Content-Disposition": f'attachment; filename="comparison-{pair}.html"', "Cache-Control": IMMUTABLE}
        return Response(page, media_type="text/html", headers=headers)

    return router


def trace_ids(joined: str, fewest: int = 2, most: int = MAX_TRACES) -> list[str]:
    """The ids in "a-b-c". Raises GroupNotFound for too few or too many."""
    ids = joined.split("-")
    if not fewest <= len(ids) <= most:
        raise GroupNotFound(joined)
    return ids
