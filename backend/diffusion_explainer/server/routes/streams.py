"""The one stream of a page: the events of many runs and groups on one connection, since a browser opens only six."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from diffusion_explainer.engine.groups import ENDED, Groups
from diffusion_explainer.engine.problem_details import problem_of
from diffusion_explainer.engine.protocol import Engine
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.server.problem_responses import problem_responses
from diffusion_explainer.storage.library import Library

from .events import trace_events

logger = logging.getLogger(__name__)

_TRACES = "traces"
_MAX_TOPICS = 64
_TOPIC = re.compile(
    r"(?P<noun>traces|comparisons|grids|leave-one-outs)/(?P<id>[\w-]+)"
    r"(,share=(?P<share>[\w-]{1,64}))?(,after=(?P<after>\d{1,9}))?(,arrays=(?P<arrays>true|false))?",
    re.ASCII,
)


@dataclass(frozen=True)
class Topic:
    """What a client follows. `after`: the number of the last event that it has."""

    noun: str
    id: str
    share: str | None = None
    after: int | None = None
    arrays: bool = True

    @classmethod
    def read(cls, text: str) -> Topic:
        """As the client writes it: noun/id, then perhaps share, after and arrays. Raises InvalidRequest."""
        found = _TOPIC.fullmatch(text)
        if not found:
            raise InvalidRequest("follow", text, "must be like traces/ID,share=SHARE,after=NUMBER,arrays=false")
        after = found["after"]
        return cls(
            found["noun"], found["id"], found["share"], int(after) if after else None, found["arrays"] != "false"
        )

    @property
    def name(self) -> str:
        return f"{self.noun}/{self.id}"


@dataclass(frozen=True)
class _Sent:
    """An event of a topic; `body`: the rest of its JSON, behind topic and number."""

    number: int
    name: str
    body: str


async def _topics(
    follow: Annotated[list[str], Query(description="A topic: noun/id[,share=…][,after=…][,arrays=false]")],
    last_event_id: Annotated[str, Header(description="The last event's id, as browsers send it.")] = "",
) -> list[Topic]:
    """The topics, each after the last event that the client has seen."""
    if len(follow) > _MAX_TOPICS:
        raise InvalidRequest("follow", len(follow), f"may be at most {_MAX_TOPICS} topics")
    topics = [Topic.read(text) for text in follow]
    seen = last_event_id.split(",")
    if len(seen) != len(topics):
        return topics
    return [
        replace(topic, after=int(number)) if number.isdecimal() and len(number) < 10 else topic
        for topic, number in zip(topics, seen, strict=True)
    ]


def stream_routes(engine: Engine, library: Library, groups: Groups) -> APIRouter:
    """/api/events."""
    router = APIRouter(prefix="/api/events", tags=["events"])

    async def of_trace(topic: Topic) -> AsyncIterator[_Sent]:
        async for number, event in await trace_events(engine, library, topic.id, topic.after, topic.share):
            yield _Sent(number, event.name, f'"event":{event.text_with(topic.arrays)}')

    async def of_group(topic: Topic) -> AsyncIterator[_Sent]:
        group = groups.get(topic.noun, topic.id)
        with group.followed(topic.share):
            async for number, event in group.follow(topic.after):
                text = group.text_of(event, topic.arrays)
                yield _Sent(number, event.name, f'"event":{text}' if event.name == ENDED else text[1:-1])

    async def of_topic(topic: Topic) -> AsyncIterator[_Sent]:
        try:
            async for sent in of_trace(topic) if topic.noun == _TRACES else of_group(topic):
                yield sent
        except Exception as error:  # one topic that cannot be read leaves the others
            logger.info("%s cannot be followed.", topic.name, exc_info=error)
            yield _Sent(0, "missing", f'"event":{json.dumps(problem_of(error))}')

    @router.get(
        "",
        summary="The events of several runs and groups on one connection",
        response_class=EventSourceResponse,
        responses=problem_responses(422),
    )
    async def events(topics: Annotated[list[Topic], Depends(_topics)]) -> AsyncIterator[ServerSentEvent]:
        seen = ["-" if topic.after is None else str(topic.after) for topic in topics]
        async for index, sent in _merged([of_topic(topic) for topic in topics]):
            seen[index] = str(sent.number)
            data = f'{{"topic":"{topics[index].name}","number":{sent.number},{sent.body}}}'
            yield ServerSentEvent(id=",".join(seen), event=sent.name, raw_data=data)

    return router


async def _merged(sources: Sequence[AsyncIterator[_Sent]]) -> AsyncIterator[tuple[int, _Sent]]:
    """What the sources yield, each with the index of its source; a slow reader holds back all of them."""
    ready: asyncio.Queue[tuple[int, _Sent | None]] = asyncio.Queue(maxsize=1)

    async def forward(index: int, source: AsyncIterator[_Sent]) -> None:
        async for sent in source:
            await ready.put((index, sent))
        await ready.put((index, None))

    tasks = [asyncio.create_task(forward(index, source)) for index, source in enumerate(sources)]
    unfinished = len(tasks)
    try:
        while unfinished:
            index, sent = await ready.get()
            if sent is None:
                unfinished -= 1
            else:
                yield index, sent
    finally:
        for task in tasks:
            task.cancel()
