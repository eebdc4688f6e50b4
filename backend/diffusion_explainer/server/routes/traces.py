"""Traces: request one, read it, stop its job."""

import mimetypes
from typing import Any, Literal

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from diffusion_explainer.engine.protocol import Engine, Ticket
from diffusion_explainer.errors import RunEnded, TraceNotFound
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.server.middleware import IMMUTABLE
from diffusion_explainer.server.problem_responses import problem_responses
from diffusion_explainer.storage.bundle_format import INDEX
from diffusion_explainer.storage.library import Library
from diffusion_explainer.traces.trace import Trace

from .events import Share

mimetypes.add_type("image/webp", ".webp")

_TENSORS = (
    "latent",
    "noise_unconditional",
    "noise_conditional",
    "noise_guided",
    "predicted_latent",
    "next_latent",
)


class TicketStatus(BaseModel):
    """`position`: the job's place in the queue, 0 once it runs. `share`: the client's share of it."""

    id: str
    status: Literal["queued", "running", "done"]
    position: int | None = None
    share: str | None = None


def trace_routes(engine: Engine, library: Library) -> APIRouter:
    """/api/traces."""
    router = APIRouter(prefix="/api/traces", tags=["traces"])

    @router.post(
        "",
        summary="Generates a trace; the same request twice is one trace",
        response_model=TicketStatus,
        response_model_exclude_none=True,
        responses={202: {"model": TicketStatus, "description": "Under way"}, **problem_responses(413, 422, 429, 503)},
    )
    async def submit(request: TraceRequest) -> Response:
        return ticket_response(await engine.submit(request))

    @router.get(
        "/{trace_id}",
        summary="trace.json; while the trace is being generated, the status of its job",
        responses={202: {"model": TicketStatus, "description": "Under way"}, **problem_responses(404)},
    )
    async def document(trace_id: str) -> Response:
        job = engine.job(trace_id)
        if job is not None and job.active:
            job.shares.renew()
            content = {"id": job.id, "status": job.state, "position": job.position}
            return JSONResponse(content, 202, {"Cache-Control": "no-store"})
        return await _file(library, trace_id, INDEX)

    @router.get(
        "/{trace_id}/files/{name}",
        summary="One file of the trace's bundle",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}, **problem_responses(404)},
    )
    async def file(trace_id: str, name: str) -> Response:
        return await _file(library, trace_id, name)

    @router.get(
        "/{trace_id}/steps/{step}",
        summary="One step: its entry in trace.json and its tensors",
        responses=problem_responses(404),
    )
    def step(trace_id: str, step: int) -> dict[str, Any]:
        return _step(library.open(trace_id), step)

    @router.delete(
        "/{trace_id}",
        summary="Ends the client's share of the trace's job, which stops if nobody else wants it; deletes no trace",
        status_code=204,
        responses=problem_responses(404, 409, 422),
    )
    async def stop(trace_id: str, share: Share = None) -> None:
        if share is not None:
            engine.release(trace_id, share)
        elif engine.job(trace_id) is None and await run_in_threadpool(library.has, trace_id):
            raise RunEnded(trace_id)
        else:
            engine.cancel(trace_id)

    return router


def ticket_response(ticket: Ticket, **more: Any) -> Response:
    """200 for a trace that is stored, else 202 and its location; `more` goes into the content."""
    if ticket.status == "done":
        return JSONResponse({"id": ticket.id, "status": "done", **more})
    headers = {"Location": f"/api/traces/{ticket.id}", "Cache-Control": "no-store"}
    return JSONResponse({**vars(ticket), **more}, 202, headers)


async def _file(library: Library, trace_id: str, name: str) -> Response:
    content = await run_in_threadpool(library.read, trace_id, name)
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response(content, media_type=media_type, headers={"Cache-Control": IMMUTABLE})


def _step(trace: Trace, number: int) -> dict[str, Any]:
    if not 0 <= number < len(trace.steps):
        raise TraceNotFound(f"{trace.id}/steps/{number}")
    step = trace.steps[number]
    return {"step": step.to_wire(), **{name: getattr(step, name).tolist() for name in _TENSORS}}
