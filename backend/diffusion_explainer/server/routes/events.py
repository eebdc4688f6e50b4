"""A job's events, as they happen; a client that lost its connection continues where it stopped."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent

from diffusion_explainer.engine.event_log import WorkerEvent
from diffusion_explainer.engine.jobs import Job
from diffusion_explainer.engine.protocol import Engine
from diffusion_explainer.server.problem_responses import problem_responses
from diffusion_explainer.storage.library import Library


async def _resume_after(
    after: Annotated[int | None, Query(ge=0, description="Start after the event of this number.")] = None,
    last_event_id: Annotated[str, Header(description="The same, as browsers send it; it has precedence.")] = "",
) -> int | None:
    """The number of the last event that the client has seen."""
    return int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 10 else after


ResumeAfter = Annotated[int | None, Depends(_resume_after)]
Share = Annotated[str | None, Query(description="The share of the client, as POST answered it.")]


def server_sent(number: int, name: str, text: str) -> ServerSentEvent:
    """An event of a log as the client receives it; `text` is JSON."""
    return ServerSentEvent(id=str(number), event=name, raw_data=text)


def event_routes(engine: Engine, library: Library) -> APIRouter:
    """/api/traces/{id}/events."""
    router = APIRouter(prefix="/api/traces", tags=["traces"])

    async def followed(
        trace_id: str, after: ResumeAfter, share: Share = None
    ) -> AsyncIterator[tuple[int, WorkerEvent]]:
        return await trace_events(engine, library, trace_id, after, share)

    @router.get(
        "/{trace_id}/events",
        summary="The events of a job: queued, tokens, text, step, decoded, then done, failed or cancelled",
        response_class=EventSourceResponse,
        responses=problem_responses(404, 422),
    )
    async def events(
        log: Annotated[AsyncIterator[tuple[int, WorkerEvent]], Depends(followed)],
    ) -> AsyncIterator[ServerSentEvent]:
        async for number, event in log:
            yield server_sent(number, event.name, event.text)

    return router


async def trace_events(
    engine: Engine, library: Library, trace_id: str, after: int | None, share: str | None
) -> AsyncIterator[tuple[int, WorkerEvent]]:
    """The events of a job; of a trace without a job, that it is stored. Raises as Library.document does."""
    job = engine.job(trace_id)
    if job is not None:
        return _followed(job, after, share)
    document = await run_in_threadpool(library.document, trace_id)
    return _stored(document["id"], document["seconds"], 0 if after is None else after + 1)


async def _followed(job: Job, after: int | None, share: str | None) -> AsyncIterator[tuple[int, WorkerEvent]]:
    with job.shares.followed(share):
        async for number, event in job.follow(after):
            yield number, event


async def _stored(trace_id: str, seconds: float, number: int) -> AsyncIterator[tuple[int, WorkerEvent]]:
    yield number, WorkerEvent(0, "done", json.dumps({"id": trace_id, "seconds": seconds}))
