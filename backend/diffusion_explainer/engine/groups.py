"""Runs that were requested together: the status of each, and one stream of the events of all."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diffusion_explainer.errors import GroupNotFound, QueueFull, RunEnded, RunShared
from diffusion_explainer.requests.request import TraceRequest

from .event_log import LAST_EVENTS, EventLog, Log, WorkerEvent
from .jobs import Job
from .protocol import Engine

Wire = dict[str, Any]

_MAX_GROUPS = 256
_TTL = 60.0  # seconds that the order of a group's events is kept after its end
ENDED = "ended"  # the group's own event, its last
_RETRY_AFTER = 10  # seconds


@dataclass(frozen=True, slots=True)
class _Reported:
    """An event of a group: where it is."""

    member: int
    log: Log
    number: int


class Group(Log):
    """The members' events in the order of their arrival, then `ended`; the events stay in the logs of the jobs.

    `labels[i]`: what the i-th member is in the group, e.g. {"row": 0, "column": 2}.
    """

    def __init__(self, group_id: str, requests: Sequence[TraceRequest], ids: Sequence[str], labels: Sequence[Wire]):
        super().__init__()
        self.id, self.requests, self.ids, self.labels = group_id, requests, ids, labels
        self._jobs: dict[str, Job] = {}  # of the members that were not stored when the group began
        self._reported: list[_Reported] = []
        self._following: dict[str, asyncio.Task[None]] = {}

    @property
    def count(self) -> int:
        return len(self._reported)

    def event(self, number: int) -> WorkerEvent | None:
        reported = self._reported[number]
        event = reported.log.event(reported.number)
        return event and replace(event, member=reported.member)

    @property
    def status(self) -> str:
        """running, or how it ended: done only if every member is."""
        states = {self._state(trace_id) for trace_id in self.ids}
        return next(state for state in ("running", "failed", "cancelled", "done") if state in states)

    def watch(self, engine: Engine) -> None:
        """Follows the jobs of the members; those that have none are stored."""
        for trace_id in dict.fromkeys(self.ids):
            job = engine.job(trace_id)
            if job is None or job.finished:
                self._report_own(self.ids.index(trace_id), "done", {"id": trace_id})
            else:
                self._jobs[trace_id] = job
                self._following[trace_id] = asyncio.create_task(self._follow(job))
        self._end_if_complete()

    def members(self) -> list[Wire]:
        """Each member: its trace id, the status of its job, its request and its labels."""
        return [
            {"id": trace_id, **self._member_status(trace_id), "request": request.model_dump(), **labels}
            for trace_id, request, labels in zip(self.ids, self.requests, self.labels, strict=True)
        ]

    def text_of(self, event: WorkerEvent, arrays: bool = True) -> str:
        """The JSON of an event in the group's stream: that of a member with the id of its trace."""
        if event.name == ENDED:
            return event.text
        return f'{{"id":"{self.ids[event.member]}","event":{event.text_with(arrays)}}}'

    @contextlib.contextmanager
    def followed(self, share: str | None) -> Iterator[None]:
        """While a stream of the group is open: it follows every member."""
        with contextlib.ExitStack() as stack:
            for job in self._jobs.values():
                stack.enter_context(job.shares.followed(share))
            yield

    def renew(self) -> None:
        """Somebody asked how the group is doing."""
        for job in self._jobs.values():
            job.shares.renew()

    def _state(self, trace_id: str) -> str:
        if trace_id in self._following:
            return "running"
        return self._jobs[trace_id].state if trace_id in self._jobs else "done"

    def _member_status(self, trace_id: str) -> Wire:
        if trace_id not in self._following:
            return {"status": self._state(trace_id)}
        job = self._jobs[trace_id]
        return {"status": job.state, "position": job.position}

    async def _follow(self, job: Job) -> None:
        member = self.ids.index(job.id)
        async for number, _ in job.follow():
            self._report(_Reported(member, job, number))
        del self._following[job.id]
        self._end_if_complete()

    def _report(self, reported: _Reported) -> None:
        self._reported.append(reported)
        self.wake()

    def _report_own(self, member: int, name: str, content: Wire) -> None:
        log = EventLog()
        log.end(WorkerEvent(member, name, json.dumps(content)))
        self._report(_Reported(member, log, 0))

    def _end_if_complete(self) -> None:
        if not self._following:
            self.finished = True
            self._report_own(0, ENDED, {"status": self.status})
            asyncio.get_running_loop().call_later(_TTL, self._forget)

    def _forget(self) -> None:
        """Keeps only how each member and the group ended."""
        ends = (*LAST_EVENTS, ENDED)
        self._reported = [self._reported[number] for number in range(self.count) if self._name(number) in ends]

    def _name(self, number: int) -> str | None:
        event = self.event(number)
        return event.name if event else None


class Groups:
    """The latest groups: comparisons, leave-one-outs and grids, each noun with ids of its own.

    `limit`: how many may be under way, which is what those take whose runs others asked for too.
    """

    def __init__(self, engine: Engine, limit: int = _MAX_GROUPS) -> None:
        self._engine, self._limit = engine, limit
        self._groups: OrderedDict[tuple[str, str], Group] = OrderedDict()  # by noun and id

    async def submit(
        self, noun: str, requests: Sequence[TraceRequest], labels: Sequence[Wire] | None = None, joined: bool = False
    ) -> tuple[Group, str | None]:
        """Submits all members to the engine and watches them; the group, and the client's share of what is under way.

        `joined`: the group's id is the members' ids. Raises as Engine.submit_together does.
        """
        tickets = await self._engine.submit_together(requests)
        ids = [ticket.id for ticket in tickets]
        share = next((ticket.share for ticket in tickets if ticket.share), None)
        labels = labels or [{}] * len(ids)
        key = noun, "-".join(ids) if joined else _content_id(noun, ids, labels)
        group = self._groups.get(key)
        if group is None or group.finished:
            if share:
                self._check_limit(ids, share)
            group = Group(key[1], requests, ids, labels)
            group.watch(self._engine)
        self._groups[key] = group
        self._groups.move_to_end(key)
        self._drop_oldest()
        return group, share

    def get(self, noun: str, group_id: str) -> Group:
        """Raises GroupNotFound if the group was never requested, or too long ago."""
        try:
            return self._groups[noun, group_id]
        except KeyError:
            raise GroupNotFound(group_id) from None

    def release(self, noun: str, group_id: str, share: str) -> None:
        """Ends a client's share of every member. Raises GroupNotFound."""
        self._release(self.get(noun, group_id).ids, share)

    def cancel(self, noun: str, group_id: str) -> None:
        """Stops every member that is under way, for a client that names no share.

        Members that another client follows go on. Raises GroupNotFound; RunEnded or RunShared if none is stopped.
        """
        jobs = map(self._engine.job, dict.fromkeys(self.get(noun, group_id).ids))
        active = [job for job in jobs if job is not None and job.active]
        if not active:
            raise RunEnded(group_id)
        num_shared = 0
        for job in active:
            try:
                self._engine.cancel(job.id)
            except RunShared:
                num_shared += 1
        if num_shared == len(active):
            raise RunShared()

    def _release(self, ids: Sequence[str], share: str) -> None:
        for trace_id in dict.fromkeys(ids):
            self._engine.release(trace_id, share)

    def _check_limit(self, ids: Sequence[str], share: str) -> None:
        if sum(not group.finished for group in self._groups.values()) >= self._limit:
            self._release(ids, share)
            raise QueueFull(self._limit, _RETRY_AFTER)

    def _drop_oldest(self) -> None:
        finished = [key for key, group in self._groups.items() if group.finished]
        for key in finished[: max(0, len(self._groups) - _MAX_GROUPS)]:
            del self._groups[key]


def _content_id(noun: str, ids: Sequence[str], labels: Sequence[Wire]) -> str:
    text = json.dumps([noun, list(ids), list(labels)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
