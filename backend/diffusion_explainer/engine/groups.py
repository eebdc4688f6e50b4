"""Runs that were requested together: the status of each, and one stream of the events of all."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from diffusion_explainer.errors import GroupNotFound
from diffusion_explainer.requests.request import TraceRequest

from .event_log import LAST_EVENTS, EventLog, WorkerEvent
from .jobs import Job
from .protocol import Engine

Wire = dict[str, Any]

_MAX_GROUPS = 256
_TTL = 60.0  # seconds that the events of a group are kept after its end
_ENDED = "ended"  # the group's own event, its last


class Group(EventLog):
    """The members' events in the order of their arrival, then `ended`; the log shares their text with the jobs.

    `labels[i]`: what the i-th member is in the group, e.g. {"row": 0, "column": 2}.
    """

    def __init__(self, group_id: str, requests: Sequence[TraceRequest], ids: Sequence[str], labels: Sequence[Wire]):
        super().__init__()
        self.id, self.requests, self.ids, self.labels = group_id, requests, ids, labels
        self._states: dict[str, str] = {}  # of the members that have ended
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def status(self) -> str:
        """running, or how it ended: done only if every member is."""
        states = {self._states.get(trace_id, "running") for trace_id in self.ids}
        return next(state for state in ("running", "failed", "cancelled", "done") if state in states)

    def watch(self, engine: Engine) -> None:
        """Follows the jobs of the members; those that have none are stored."""
        for trace_id in dict.fromkeys(self.ids):
            job = engine.job(trace_id)
            if job is None or job.finished:
                self.add(WorkerEvent(self.ids.index(trace_id), "done", json.dumps({"id": trace_id})))
                self._states[trace_id] = "done"
            else:
                self._tasks.append(asyncio.create_task(self._follow(job)))
        self._end_if_complete()

    def members(self, engine: Engine) -> list[Wire]:
        """Each member: its trace id, the status of its job, its request and its labels."""
        return [
            {"id": trace_id, **self._member_status(engine, trace_id), "request": request.model_dump(), **labels}
            for trace_id, request, labels in zip(self.ids, self.requests, self.labels, strict=True)
        ]

    def text_of(self, event: WorkerEvent) -> str:
        """The JSON of an event in the group's stream: that of a member with the id of its trace."""
        if event.name == _ENDED:
            return event.text
        return f'{{"id":"{self.ids[event.member]}","event":{event.text}}}'

    def _member_status(self, engine: Engine, trace_id: str) -> Wire:
        job = engine.job(trace_id)
        if trace_id in self._states or job is None:
            return {"status": self._states.get(trace_id, "done")}
        return {"status": job.state, "position": max(job.position, 0)}

    async def _follow(self, job: Job) -> None:
        member = self.ids.index(job.id)
        async for _, event in job.follow():
            self.add(replace(event, member=member))
        self._states[job.id] = job.state
        self._end_if_complete()

    def _end_if_complete(self) -> None:
        if self._states.keys() == set(self.ids):
            self.end(WorkerEvent(0, _ENDED, json.dumps({"status": self.status})))
            asyncio.get_running_loop().call_later(_TTL, self._forget)

    def _forget(self) -> None:
        """Drops the events except how each member and the group ended."""
        self.events = [event for event in self.events if event.name in (*LAST_EVENTS, _ENDED)]


class Groups:
    """The latest groups: comparisons, leave-one-outs and grids, each noun with ids of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._groups: OrderedDict[tuple[str, str], Group] = OrderedDict()  # by noun and id

    async def submit(
        self, noun: str, requests: Sequence[TraceRequest], labels: Sequence[Wire] | None = None, joined: bool = False
    ) -> Group:
        """Submits all members to the engine and watches them. `joined`: the group's id is the members' ids.

        Raises as Engine.submit_together does.
        """
        tickets = await self._engine.submit_together(requests)
        ids = [ticket.id for ticket in tickets]
        labels = labels or [{}] * len(ids)
        group_id = "-".join(ids) if joined else _content_id(noun, ids, labels)
        group = self._groups.get((noun, group_id))
        if group is None or group.finished:
            group = Group(group_id, requests, ids, labels)
            group.watch(self._engine)
        self._groups[noun, group_id] = group
        self._groups.move_to_end((noun, group_id))
        self._drop_oldest()
        return group

    def get(self, noun: str, group_id: str) -> Group:
        """Raises GroupNotFound if the group was never requested, or too long ago."""
        try:
            return self._groups[noun, group_id]
        except KeyError:
            raise GroupNotFound(group_id) from None

    def stop(self, noun: str, group_id: str) -> None:
        """Stops every member that is under way. Raises GroupNotFound."""
        for trace_id in dict.fromkeys(self.get(noun, group_id).ids):
            job = self._engine.job(trace_id)
            if job is not None and job.active:
                self._engine.cancel(trace_id)

    def _drop_oldest(self) -> None:
        finished = [key for key, group in self._groups.items() if group.finished]
        for key in finished[: max(0, len(self._groups) - _MAX_GROUPS)]:
            del self._groups[key]


def _content_id(noun: str, ids: Sequence[str], labels: Sequence[Wire]) -> str:
    text = json.dumps([noun, list(ids), list(labels)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
