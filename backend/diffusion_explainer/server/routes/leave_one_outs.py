"""Leave-one-outs: a prompt, and the same without each of its words."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from diffusion_explainer.analysis.payloads import left_out_payload
from diffusion_explainer.engine.groups import Group, Groups
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.requests.variations import without_each_word, words_of
from diffusion_explainer.server.problem_responses import problem_responses
from diffusion_explainer.server.slow_work import SlowWork
from diffusion_explainer.storage.library import Library

from .group_routes import SUBMITTED, UNDER_WAY, GroupStatus, group_routes, group_status

NOUN = "leave-one-outs"


def leave_one_out_routes(library: Library, groups: Groups) -> APIRouter:
    """/api/leave-one-outs."""
    router = group_routes(NOUN, "a leave-one-out", groups)
    differences = SlowWork()

    @router.post(
        "",
        summary="Generates a run, and the same without each word of its prompt, together",
        response_model=GroupStatus,
        responses=SUBMITTED,
    )
    async def submit(request: TraceRequest) -> Response:
        words = [{"word": word.text, "start": word.start, "end": word.end} for word in words_of(request.prompt)]
        original = {"word": None, "start": None, "end": None}
        group, share = await groups.submit(NOUN, without_each_word(request), [original, *words])
        return group_status(group, NOUN, share)

    @router.get(
        "/{group_id}",
        summary="How far each word moved the picture, and where, once all members are done",
        response_model=GroupStatus,
        responses={**UNDER_WAY, **problem_responses(404, 503)},
    )
    async def document(group_id: str) -> Response:
        group = groups.get(NOUN, group_id)
        if group.status != "done":
            return group_status(group, NOUN)
        return JSONResponse(await differences.run(lambda: _document(group, group.members(), library)))

    return router


def _document(group: Group, members: list[dict[str, Any]], library: Library) -> dict[str, Any]:
    original, *others = members
    found = left_out_payload([library.open(trace_id) for trace_id in group.ids])
    moved = [{**member, **one} for member, one in zip(others, found, strict=True)]
    return {"id": group.id, "status": "done", "members": [original, *moved]}
