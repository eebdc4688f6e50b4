"""A job's states."""

from __future__ import annotations

import pytest

from diffusion_explainer.engine.event_log import WorkerEvent
from diffusion_explainer.engine.jobs import Job
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.tracing import events

pytestmark = pytest.mark.anyio


def job(unwanted: list[Job] | None = None) -> Job:
    return Job("id", TraceRequest(prompt="a rabbit"), (unwanted if unwanted is not None else []).append)


async def test_a_job_waits_at_no_known_place_until_it_is_told_one() -> None:
    new = job()
    assert (new.state, new.reported_position, new.active, new.finished) == ("queued", None, True, False)


async def test_a_stopped_job_is_not_active_even_before_it_ends() -> None:
    stopped = job()
    stopped.stop.set()
    assert (stopped.active, stopped.finished) == (False, False)


@pytest.mark.parametrize(
    ("event", "state"), [(events.Done("id", 1.0), "done"), (events.Cancelled(step=3), "cancelled")]
)
async def test_a_job_that_ends_takes_its_state_from_the_last_event(event: events.Event, state: str) -> None:
    ended = job()
    ended.end(WorkerEvent.of(event))
    assert (ended.state, ended.active, ended.finished, ended.count) == (state, False, True, 1)


async def test_a_job_without_shares_is_unwanted_unless_it_has_ended() -> None:
    unwanted: list[Job] = []
    running, ended = job(unwanted), job(unwanted)
    for one in (running, ended):
        one.shares.begin("a client")
    ended.end(WorkerEvent.of(events.Done("id", 1.0)))
    for one in (running, ended):
        one.shares.end("a client")
    assert unwanted == [running]
