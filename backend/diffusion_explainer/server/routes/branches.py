"""Branches: a stored run with another prompt or guidance from a step on."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from diffusion_explainer.engine.protocol import Engine
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import MAX_STEPS, Guidance, TraceRequest
from diffusion_explainer.requests.variations import branch_request
from diffusion_explainer.server.problem_responses import problem_responses
from diffusion_explainer.storage.library import Library

from .traces import TicketStatus, ticket_response


class BranchRequest(Guidance):
    """Where a run branches, and what changes from there on; the rest stays as it was."""

    trace: str = Field(description="The id of the run that branches.")
    step: int = Field(ge=0, le=MAX_STEPS, strict=True, description="The first step that changes.")
    prompt: str = Field(default="", min_length=1, max_length=1000, description="The prompt from there on.")

    def changes(self) -> dict[str, Any]:
        """The settings that were given."""
        return self.model_dump(include=self.model_fields_set & set(Guidance.model_fields))


class BranchTicket(TicketStatus):
    """`request` says where it branched: sent to /api/traces, it gives the same trace."""

    original: str
    request: dict[str, Any]


def branch_routes(engine: Engine, library: Library) -> APIRouter:
    """/api/branches. A branch is a trace: the rest is below /api/traces."""
    router = APIRouter(prefix="/api/branches", tags=["branches"])

    @router.post(
        "",
        summary="Generates a stored run with another prompt, negative prompt or guidance from a step on",
        response_model=BranchTicket,
        response_model_exclude_none=True,
        responses={
            202: {"model": BranchTicket, "description": "Under way"},
            **problem_responses(404, 413, 422, 429, 503),
        },
    )
    async def submit(asked: BranchRequest) -> Response:
        document = await run_in_threadpool(library.document, asked.trace)
        _check_model((await engine.loaded()).card, document)
        original = TraceRequest(**document["request"])
        request = branch_request(original, len(document["steps"]), asked.step, **asked.changes())
        ticket = await engine.submit(request)
        return ticket_response(ticket, original=document["id"], request=request.model_dump())

    return router


def _check_model(card: dict[str, Any] | None, document: dict[str, Any]) -> None:
    if card is not None and card["fingerprint"] != document["model"]["fingerprint"]:
        raise InvalidRequest("trace", document["id"], f"must be a trace of {card['name']}, the model of this server")
