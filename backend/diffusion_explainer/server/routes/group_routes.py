"""What the routes of comparisons, leave-one-outs and grids share: the status of a group, its events, stopping it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from diffusion_explainer.engine.groups import Group, Groups
from diffusion_explainer.server.problem_responses import problem_responses

from .events import ResumeAfter, Share, server_sent

Status = Literal["queued", "running", "done", "failed", "cancelled"]


class Member(BaseModel):
    """One run of a group; further fields say what it is in the group."""

    model_config = {"extra": "allow"}

    id: str
    status: Status
    position: int | None = None
    request: dict[str, Any]


class GroupStatus(BaseModel):
    """A group of runs and the status of each; further fields compare them, once all are done.

    `share`: the client's share of the runs under way.
    """

    model_config = {"extra": "allow"}

    id: str
    status: Status
    share: str | None = None
    members: list[Member]


UNDER_WAY: dict[int | str, dict[str, Any]] = {202: {"model": GroupStatus, "description": "Under way"}}
SUBMITTED = {**UNDER_WAY, **problem_responses(413, 422, 429, 503)}


def group_status(group: Group, noun: str, share: str | None = None) -> Response:
    """200 for a group whose members have all ended, else 202 and the group's location."""
    group.renew()
    content = {"id": group.id, "status": group.status, "members": group.members()}
    if group.finished:
        return JSONResponse(content, headers={"Cache-Control": "no-store"})
    headers = {"Location": f"/api/{noun}/{group.id}", "Cache-Control": "no-store"}
    return JSONResponse({**content, "share": share} if share else content, 202, headers)


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
        share: Share = None,
    ) -> AsyncIterator[ServerSentEvent]:
        with group.followed(share):
            async for number, event in group.follow(after):
                yield server_sent(number, event.name, group.text_of(event, arrays))

    @router.delete(
        "/{group_id}",
        summary=f"Ends the client's share of every member of {title}; one that nobody else wants stops",
        status_code=204,
        responses=problem_responses(404, 409, 422),
    )
    async def stop(group_id: str, share: Share = None) -> None:
        if share is None:
            groups.cancel(noun, group_id)
        else:
            groups.release(noun, group_id, share)

    return router
