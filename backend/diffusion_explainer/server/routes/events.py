"""A job's events, as they happen; a client may leave and come back to where it was."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from diffusion_explainer.engine import Engine, Report
from diffusion_explainer.server.problem_responses import answers
from diffusion_explainer.storage.library import Library


def event_routes(engine: Engine, library: Library) -> APIRouter:
    """A stream of one job."""
    router = APIRouter(prefix="/api/traces", tags=["traces"])

    async def followed(
        trace_id: str,
        after: Annotated[int | None, Query(ge=0, description="Start behind this event.")] = None,
        last_event_id: Annotated[str, Header(description="The same, as browsers send it.")] = "",
    ) -> AsyncIterator[Report]:
        seen = int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 10 else after
        job = engine.job(trace_id)
        if job is not None:
            return job.follow(seen)
        document = await run_in_threadpool(library.document, trace_id)
        return _stored(document["id"], document["seconds"], 0 if seen is None else seen + 1)

    @router.get(
        "/{trace_id}/events",
        summary="What the job reports: queued, tokens, text, step, decoded, and how it ended",
        response_class=EventSourceResponse,
        responses=answers(404, 422),
    )
    async def events(
        reports: Annotated[AsyncIterator[Report], Depends(followed)],
    ) -> AsyncIterator[ServerSentEvent]:
        async for report in reports:
            yield ServerSentEvent(id=str(report.number), event=report.name, raw_data=report.text)

    return router


async def _stored(trace_id: str, seconds: float, number: int) -> AsyncIterator[Report]:
    yield Report(number, "done", json.dumps({"id": trace_id, "seconds": seconds}))
