"""Runs that were asked for together: where each stands, and one stream of what all of them report."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from diffusion_explainer.errors import GroupNotFound
from diffusion_explainer.requests.request import TraceRequest

from . import Engine, Job, Log

Wire = dict[str, Any]

_REMEMBERED = 256  # groups
_LINGER = 60.0  # seconds that the events of a group which has ended are kept


class Group(Log):
    """`labels[i]`: what the i-th member is in the group, e.g. {"row": 0, "column": 2}."""

    def __init__(self, group_id: str, requests: Sequence[TraceRequest], ids: Sequence[str], labels: Sequence[Wire]):
        super().__init__()
        self.id, self.requests, self.ids, self.labels = group_id, requests, ids, labels
        self._open: set[str] = set()
        self._states: dict[str, str] = {}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def finished(self) -> bool:
        """Every member has ended, in whatever way."""
        return not self._open

    @property
    def status(self) -> str:
        """running, or how it ended: done only if all of it is."""
        states = {self._states.get(trace_id, "running") for trace_id in self.ids}
        return next(state for state in ("running", "failed", "cancelled", "done") if state in states)

    def watch(self, engine: Engine) -> None:
        """Follows the jobs of the members; those that have none are stored."""
        jobs = {trace_id: engine.job(trace_id) for trace_id in dict.fromkeys(self.ids)}
        active = [job for job in jobs.values() if job is not None and not job.finished]
        self._open = {job.id for job in active}
        for trace_id in jobs.keys() - self._open:
            self._tell(trace_id, "done", json.dumps({"id": trace_id}))
            self._states[trace_id] = "done"
        self._tasks = [asyncio.create_task(self._follow(job)) for job in active]
        if not active:
            self._close()

    def members(self, engine: Engine) -> list[Wire]:
        """Each member: its trace id, where its job stands, its request and its labels."""
        return [
            {
                "id": trace_id,
                **self._standing(engine.job(trace_id), trace_id),
                "request": request.model_dump(),
                **labels,
            }
            for trace_id, request, labels in zip(self.ids, self.requests, self.labels, strict=True)
        ]

    def _standing(self, job: Job | None, trace_id: str) -> Wire:
        if trace_id in self._states or job is None:
            return {"status": self._states.get(trace_id, "done")}
        return {"status": job.state, "position": max(job.position, 0)}

    async def _follow(self, job: Job) -> None:
        async for report in job.follow():
            self._tell(job.id, report.name, report.text)
        self._states[job.id] = job.state
        self._open.discard(job.id)
        if not self._open:
            self._close()

    def _tell(self, trace_id: str, name: str, text: str) -> None:
        self.add(name, f'{{"id":"{trace_id}","event":{text}}}')

    def _close(self) -> None:
        self.add("ended", json.dumps({"status": self.status}))
        asyncio.get_running_loop().call_later(_LINGER, self._forget)

    def _forget(self) -> None:
        """Drops the events but for how each member and all of it ended."""
        self.reports, kept = [], [report for report in self.reports if report.name in (*_ENDS, "ended")]
        for report in kept:
            self.add(report.name, report.text)


_ENDS = ("done", "failed", "cancelled")


class Groups:
    """The groups asked for of late: comparisons, leave-one-outs and grids, each noun with ids of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._groups: OrderedDict[tuple[str, str], Group] = OrderedDict()  # by noun and id

    async def submit(
        self, noun: str, requests: Sequence[TraceRequest], labels: Sequence[Wire] | None = None, joined: bool = False
    ) -> Group:
        """Hands all members to the engine and watches them. `joined`: the id is made of the members' ids."""
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
        """The group; GroupNotFound if it was never asked for, or too long ago."""
        try:
            return self._groups[noun, group_id]
        except KeyError:
            raise GroupNotFound(group_id) from None

    def stop(self, noun: str, group_id: str) -> None:
        """Stops every member that is under way."""
        for trace_id in dict.fromkeys(self.get(noun, group_id).ids):
            job = self._engine.job(trace_id)
            if job is not None and job.active:
                self._engine.cancel(trace_id)

    def _drop_oldest(self) -> None:
        finished = [key for key, group in self._groups.items() if group.finished]
        for key in finished[: max(0, len(self._groups) - _REMEMBERED)]:
            del self._groups[key]


def _content_id(noun: str, ids: Sequence[str], labels: Sequence[Wire]) -> str:
    text = json.dumps([noun, list(ids), list(labels)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
