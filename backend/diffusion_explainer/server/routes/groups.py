"""What comparisons, leave-one-outs and grids have in common: standing, events, stopping."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from diffusion_explainer.engine import Engine, Report
from diffusion_explainer.engine.groups import Group, Groups
from diffusion_explainer.server.problem_responses import answers

Status = Literal["queued", "running", "done", "failed", "cancelled"]

_TENSORS = ("arrays", "text_embedding", "unconditional_text_embedding")


class Member(BaseModel):
    """One run of a group; further fields say what it is in the group."""

    model_config = {"extra": "allow"}

    id: str
    status: Status
    position: int | None = None
    request: dict[str, Any]


class Standing(BaseModel):
    """A group of runs and where each stands; further fields are what they say together, when all are done."""

    model_config = {"extra": "allow"}

    id: str
    status: Status
    members: list[Member]


ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": Standing, "description": "Under way"},
    **answers(413, 422, 429, 503),
}


def standing(group: Group, engine: Engine, noun: str) -> Response:
    """200 for a group whose members are all stored, else 202 and where it is to be found."""
    content = {"id": group.id, "status": group.status, "members": group.members(engine)}
    if group.finished:
        return JSONResponse(content, headers={"Cache-Control": "no-store"})
    headers = {"Location": f"/api/{noun}/{group.id}", "Cache-Control": "no-store"}
    return JSONResponse(content, 202, headers)


def group_routes(noun: str, title: str, groups: Groups) -> APIRouter:
    """The events of a group, and its end."""
    router = APIRouter(prefix=f"/api/{noun}", tags=[noun])

    async def followed(
        group_id: str,
        after: Annotated[int | None, Query(ge=0, description="Start behind this event.")] = None,
        last_event_id: Annotated[str, Header(description="The same, as browsers send it.")] = "",
    ) -> AsyncIterator[Report]:
        seen = int(last_event_id) if last_event_id.isdecimal() and len(last_event_id) < 10 else after
        return groups.get(noun, group_id).follow(seen)

    @router.get(
        "/{group_id}/events",
        summary=f"What the members of {title} report, each event with the id of its trace; `ended` comes last",
        response_class=EventSourceResponse,
        responses=answers(404, 422),
    )
    async def events(
        reports: Annotated[AsyncIterator[Report], Depends(followed)],
        arrays: Annotated[bool, Query(description="Send the tensors too; false: the pictures alone.")] = True,
    ) -> AsyncIterator[ServerSentEvent]:
        sent: Callable[[str], str] = str if arrays else _without_tensors
        async for report in reports:
            yield ServerSentEvent(id=str(report.number), event=report.name, raw_data=sent(report.text))

    @router.delete(
        "/{group_id}", summary=f"Stops every member of {title} under way", status_code=204, responses=answers(404)
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
