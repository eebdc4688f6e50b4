"""A log of events, and readers that come and go."""

from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest

from diffusion_explainer.engine.event_log import EndedLogs, EventLog, WorkerEvent
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing import events

pytestmark = pytest.mark.anyio


def event(position: int) -> WorkerEvent:
    return WorkerEvent.of(events.Queued(position))


@pytest.fixture
def log() -> EventLog:
    """Two events, and more to come."""
    log = EventLog()
    log.add(event(1))
    log.add(event(0))
    return log


async def read(log: EventLog, after: int | None = None) -> list[tuple[int, str]]:
    return [(number, json.loads(event.text).get("position", event.name)) async for number, event in log.follow(after)]


async def test_a_reader_gets_what_was_reported_before_it_came_and_what_comes(log: EventLog) -> None:
    early = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    log.add(event(7))
    log.end(WorkerEvent.of(events.Done("id", 1.0)))
    assert await early == await read(log) == [(0, 1), (1, 0), (2, 7), (3, "done")]


@pytest.mark.parametrize(("after", "first"), [(None, 0), (0, 1), (1, 2), (2, 2), (3, 0), (99, 0)])
async def test_a_reader_continues_after_a_number_and_starts_over_after_one_that_is_not_there(
    log: EventLog, after: int | None, first: int
) -> None:
    log.end(WorkerEvent.of(events.Cancelled(step=3)))
    assert [number for number, _ in await read(log, after)] == list(range(first, 3))


async def test_a_reader_that_leaves_does_not_disturb_the_others(log: EventLog) -> None:
    staying, leaving = (asyncio.create_task(read(log)) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    log.end(WorkerEvent.of(events.Done("id", 1.0)))
    assert len(await staying) == 3


def test_a_wire_form_has_the_seconds_of_a_whole_run_and_only_finite_numbers() -> None:
    assert WorkerEvent.of(events.Done("id", 2.5), member=3) == WorkerEvent(3, "done", '{"id":"id","seconds":2.5}', 2.5)
    with pytest.raises(ValueError, match="not JSON compliant"):
        WorkerEvent.of(events.Done("id", float("nan")))


async def test_a_reader_behind_what_was_dropped_goes_on_with_the_end(log: EventLog) -> None:
    reader = log.follow()
    assert (await anext(reader))[0] == 0
    log.end(WorkerEvent.of(events.Done("id", 1.0)))
    log.drop_all_but_the_last()
    assert [number async for number, _ in reader] == [2]
    assert await read(log) == await read(log, after=0) == [(2, "done")]


def test_the_oldest_logs_that_ended_lose_their_events_beyond_a_limit() -> None:
    logs = [EventLog() for _ in range(3)]
    ended = EndedLogs(limit=2 * 200)
    for log in logs:
        log.add(WorkerEvent(0, "step", "x" * 100, small_text="x" * 90))
        log.end(WorkerEvent(0, "done", "x" * 10))
        ended.add(log)
    assert [(log.count, log.size) for log in logs] == [(2, 10), (2, 200), (2, 200)]
    ended.forget(logs[1])
    assert [log.size for log in logs] == [10, 10, 200]


def test_an_event_has_its_text_without_tensors_ready(trace: Trace) -> None:
    event = WorkerEvent.of(events.StepDone(trace.steps[0], 4, b"", b""))
    whole, small = (json.loads(event.text_with(arrays)) for arrays in (True, False))
    assert whole.pop("arrays")["latent"]["shape"] == [4, 16, 16]
    assert small == whole
    done = WorkerEvent.of(events.Done("id", 1.0))
    assert done.text_with(arrays=False) is done.text


def test_a_step_and_a_whole_run_have_seconds_and_no_other_event(trace: Trace) -> None:
    step = trace.steps[0]
    reported = [WorkerEvent.of(one) for one in (events.StepDone(step, 4, b"", b""), events.Done("id", 2.5))]
    assert [event.seconds for event in (*reported, event(1), WorkerEvent(0, "queued", "{}"))] == [
        step.seconds,
        2.5,
        0,
        0,
    ]
    assert {event.member for event in reported} == {0}
    assert len(set(reported)) == 2


def test_the_text_without_tensors_still_says_how_the_run_starts() -> None:
    embedding, noise = np.zeros((77, 8), np.float32), np.ones((4, 2, 2), np.float32)
    event = WorkerEvent.of(events.Text(embedding, embedding, noise, latent_scale=0.5, sigma=14.6, picture=b""))
    whole, small = (json.loads(event.text_with(arrays)) for arrays in (True, False))
    assert whole["start"].pop("latent")["shape"] == [4, 2, 2]
    assert small == {"start": whole["start"], "clip_embeddings": None}
