"""What the routes of comparisons, leave-one-outs and grids share: the status of a group, its events, stopping it."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from diffusion_explainer.engine.groups import Group, Groups
from diffusion_explainer.engine.protocol import Engine
from diffusion_explainer.server.problem_responses import problem_responses

from .events import ResumeAfter, server_sent

Status = Literal["queued", "running", "done", "failed", "cancelled"]

_TENSORS = ("arrays", "text_embedding", "unconditional_text_embedding")


class Member(BaseModel):
    """One run of a group; further fields say what it is in the group."""

    model_config = {"extra": "allow"}

    id: str
    status: Status
    position: int | None = None
    request: dict[str, Any]


class GroupStatus(BaseModel):
    """A group of runs and the status of each; further fields compare them, once all are done."""

    model_config = {"extra": "allow"}

    id: str
    status: Status
    members: list[Member]


UNDER_WAY: dict[int | str, dict[str, Any]] = {202: {"model": GroupStatus, "description": "Under way"}}
SUBMITTED = {**UNDER_WAY, **problem_responses(413, 422, 429, 503)}


def group_status(group: Group, engine: Engine, noun: str) -> Response:
    """200 for a group whose members have all ended, else 202 and the group's location."""
    content = {"id": group.id, "status": group.status, "members": group.members(engine)}
    if group.finished:
        return JSONResponse(content, headers={"Cache-Control": "no-store"})
    headers = {"Location": f"/api/{noun}/{group.id}", "Cache-Control": "no-store"}
    return JSONResponse(content, 202, headers)


def group_routes(noun: str, title: str, groups: Groups) -> APIRouter:
    """A router of /api/{noun}, with the events of a group and the route that stops it."""
    router = APIRouter(prefix=f"/api/{noun}", tags=[noun])

    async def found(group_id: str) -> Group:
        return groups.get(noun, group_id)

    @router.get(
        "/{group_id}/events",
        summary=f"The events of the members of {title}, each with the id of its trace; `ended` comes last",
        response_class=EventSourceResponse,
        responses=problem_responses(404, 422),
    )
    async def events(
        group: Annotated[Group, Depends(found)],
        after: ResumeAfter,
        arrays: Annotated[bool, Query(description="Whether to send the tensors, or the pictures only.")] = True,
    ) -> AsyncIterator[ServerSentEvent]:
        async for number, event in group.follow(after):
            text = group.text_of(event)
            yield server_sent(number, event.name, text if arrays else _without_tensors(text))

    @router.delete(
        "/{group_id}",
        summary=f"Stops every member of {title} that is under way",
        status_code=204,
        responses=problem_responses(404),
    )
    async def stop(group_id: str) -> None:
        groups.stop(noun, group_id)

    return router


def _without_tensors(text: str) -> str:
    content = json.loads(text)
    event = content.get("event", {})
    for name in _TENSORS:
        event.pop(name, None)
    event.get("start", {}).pop("latent", None)
    return json.dumps(content, separators=(",", ":"))
