"""The engine with the embedded model; jobs of many steps keep it busy where a test needs that."""

import asyncio
import contextlib
import errno
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from diffusion_explainer.engine.engine import LiveEngine
from diffusion_explainer.engine.jobs import Job
from diffusion_explainer.engine.metrics import Metrics
from diffusion_explainer.engine.protocol import Ticket
from diffusion_explainer.engine.workers.local import LocalWorker
from diffusion_explainer.errors import (
    InvalidRequest,
    ModelNotFound,
    ModelUnavailable,
    QueueFull,
    RunEnded,
    TraceNotFound,
)
from diffusion_explainer.requests.batches import LARGEST_BATCH
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.storage.library import Library
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing.models import Model

pytestmark = pytest.mark.anyio

LONG = 150


def request(seed: int = 0, steps: int = 1) -> TraceRequest:
    return TraceRequest(prompt="a rabbit", seed=seed, steps=steps)


@pytest.fixture
async def engine(storybook: Model, library: Library) -> AsyncIterator[LiveEngine]:
    async with opened(local(lambda: storybook, library, queue_limit=2)) as engine:
        yield engine


@pytest.fixture
async def narrow(storybook: Model, library: Library) -> AsyncIterator[LiveEngine]:
    """An engine that generates one run at a time."""
    async with opened(local(lambda: storybook, library, batch_limit=1, queue_limit=2)) as engine:
        yield engine


def local(load: Callable[[], Model], library: Library, batch_limit: int = LARGEST_BATCH, **limits: Any) -> LiveEngine:
    return LiveEngine(LocalWorker(load, library.save, batch_limit=batch_limit), library, Metrics(), **limits)


@contextlib.asynccontextmanager
async def opened(engine: LiveEngine) -> AsyncIterator[LiveEngine]:
    await engine.open()
    yield engine
    await engine.close()


def job_of(engine: LiveEngine, ticket: Ticket) -> Job:
    job = engine.job(ticket.id)
    assert job is not None
    return job


async def ended(engine: LiveEngine, ticket: Ticket) -> list[str]:
    """Follows the job to its end; the names of its events."""
    return [event.name async for _, event in job_of(engine, ticket).follow()]


async def positions(job: Job) -> list[str]:
    return [event.text async for _, event in job.follow() if event.name == "queued"]


async def test_a_job_reports_from_queued_to_done_and_is_stored(engine: LiveEngine, library: Library) -> None:
    ticket = await engine.submit(request(steps=2))
    assert await ended(engine, ticket) == ["queued", "tokens", "text", "step", "step", "decoded", "done"]
    assert library.has(ticket.id)


async def test_what_is_stored_is_done_at_once(engine: LiveEngine) -> None:
    ticket = await engine.submit(request())
    await ended(engine, ticket)
    again = await engine.submit(request())
    assert (again.id, again.status) == (ticket.id, "done")


async def test_the_same_request_joins_the_job_under_way(engine: LiveEngine) -> None:
    first = await engine.submit(request(steps=2))
    job = engine.job(first.id)
    assert (await engine.submit(request(steps=2))).id == first.id
    assert engine.job(first.id) is job
    await ended(engine, first)


async def test_those_who_wait_are_told_their_place_and_each_change_of_it(narrow: LiveEngine) -> None:
    tickets = [await narrow.submit(request(seed, steps)) for seed, steps in ((0, LONG), (1, 1), (2, 1))]
    assert [ticket.position for ticket in tickets] == [0, 1, 2]
    narrow.cancel(tickets[0].id)
    assert await positions(job_of(narrow, tickets[2])) == [f'{{"position":{place}}}' for place in (2, 1, 0)]


async def test_far_back_in_a_queue_a_position_is_told_where_it_fell_by_a_quarter(narrow: LiveEngine) -> None:
    blocker = await narrow.submit(request(0, LONG))
    tickets = await narrow.submit_together([request(1, steps) for steps in range(1, 21)])
    last = job_of(narrow, tickets[-1])
    for ticket in tickets:
        assert last.position <= tickets[-1].position
        narrow.cancel(ticket.id)
    told = [json.loads(event.text)["position"] for event in last.events if event.name == "queued"]
    assert told == [20, 15, 11, 8, 7, 6, 5, 4, 3, 2, 1]
    narrow.cancel(blocker.id)


async def test_a_full_queue_says_when_to_come_again(narrow: LiveEngine) -> None:
    blocker = await narrow.submit(request(0, LONG))
    waiting = [await narrow.submit(request(seed)) for seed in (1, 2)]
    with pytest.raises(QueueFull) as refused:
        await narrow.submit(request(3))
    assert refused.value.retry_after >= 1
    assert (await narrow.submit(request(2))).id == waiting[1].id
    narrow.cancel(blocker.id)


async def test_cancelling_one_that_waits_leaves_the_others(narrow: LiveEngine) -> None:
    tickets = [await narrow.submit(request(seed, 2)) for seed in (0, 1, 2)]
    narrow.cancel(tickets[1].id)
    assert (await ended(narrow, tickets[1]))[-1] == "cancelled"
    assert (await ended(narrow, tickets[0]))[-1] == "done"
    assert (await ended(narrow, tickets[2]))[-1] == "done"


async def test_cancelling_one_that_runs_stops_it_and_the_next_one_runs(engine: LiveEngine, library: Library) -> None:
    running, waiting = await engine.submit(request(0, LONG)), await engine.submit(request(1))
    async for _, event in job_of(engine, running).follow():
        if event.name == "step":
            break
    engine.cancel(running.id)
    assert (await ended(engine, running))[-1] == "cancelled"
    assert not library.has(running.id)
    assert (await ended(engine, waiting))[-1] == "done"


async def test_a_request_that_was_cancelled_can_be_made_again_at_once(engine: LiveEngine) -> None:
    ticket = await engine.submit(request(0, 2))
    first = engine.job(ticket.id)
    engine.cancel(ticket.id)
    assert (await engine.submit(request(0, 2))).id == ticket.id
    assert engine.job(ticket.id) is not first
    assert (await ended(engine, ticket))[-1] == "done"


async def test_only_a_job_that_is_under_way_can_be_cancelled(engine: LiveEngine) -> None:
    ticket = await engine.submit(request())
    await ended(engine, ticket)
    for trace_id, error in ((ticket.id, RunEnded), ("0123456789abcdef", TraceNotFound)):
        with pytest.raises(error):
            engine.cancel(trace_id)


async def test_a_class_that_opens_one_link_follows_one_run_and_any_may_leave(engine: LiveEngine) -> None:
    tickets = await asyncio.gather(*(engine.submit(request(steps=2)) for _ in range(30)))
    job = job_of(engine, tickets[0])
    assert [job_of(engine, ticket) for ticket in tickets] == [job] * 30
    assert len(job.shares) == 30
    for ticket in tickets[:20]:
        assert ticket.share
        engine.release(ticket.id, ticket.share)
    followed = await asyncio.gather(*(ended(engine, ticket) for ticket in tickets[20:]))
    assert followed == [["queued", "tokens", "text", "step", "step", "decoded", "done"]] * 10


async def test_equal_requests_have_a_share_each_and_the_job_ends_with_the_last(engine: LiveEngine) -> None:
    mine, theirs = [await engine.submit(request(steps=LONG)) for _ in range(2)]
    assert mine.share
    assert theirs.share
    engine.release(mine.id, mine.share)
    engine.release(mine.id, mine.share)
    assert job_of(engine, mine).active
    engine.release(mine.id, theirs.share)
    assert (await ended(engine, mine))[-1] == "cancelled"


async def test_a_late_answer_does_not_cancel_its_own_retry(engine: LiveEngine) -> None:
    late = await engine.submit(request(steps=2))
    retry = await engine.submit(request(steps=2))
    assert late.share
    engine.release(late.id, late.share)
    assert (await ended(engine, retry))[-1] == "done"


async def test_what_is_stored_while_it_is_looked_for_is_not_drawn_again(
    storybook: Model, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(local(lambda: storybook, library)) as engine:
        first = await engine.submit(request())
        job, loop = job_of(engine, first), asyncio.get_running_loop()

        def has(trace_id: str) -> bool:
            """A store that answered just before the job stored its trace, and whose answer comes just after."""
            stored = BundleStore.has(library.store, trace_id)
            asyncio.run_coroutine_threadsafe(ended(engine, first), loop).result(30)
            return stored

        monkeypatch.setattr(library, "has", has)
        again = await engine.submit(request())
        assert again.status == "done"
        assert engine.job(first.id) is job


async def test_ended_jobs_keep_their_events_within_a_limit(storybook: Model, library: Library) -> None:
    async with opened(local(lambda: storybook, library, ended_logs=0)) as engine:
        ticket = await engine.submit(request(steps=2))
        assert (await ended(engine, ticket))[-1] == "done"
        job = job_of(engine, ticket)
        assert job.count == 7
        assert [number async for number, _ in job.follow(2)] == [6]
        assert [event.name for event in job.events] == ["done"]


async def test_a_reader_comes_back_to_where_it_was(engine: LiveEngine) -> None:
    ticket = await engine.submit(request(steps=2))
    job = job_of(engine, ticket)
    await ended(engine, ticket)
    assert [number async for number, _ in job.follow(after=3)] == [4, 5, 6]
    assert [event.name async for _, event in job.follow(after=6)] == ["done"]


async def test_a_number_from_an_earlier_process_starts_over(engine: LiveEngine) -> None:
    ticket = await engine.submit(request())
    await ended(engine, ticket)
    number, _ = await anext(job_of(engine, ticket).follow(after=99))
    assert number == 0


async def test_a_failure_is_an_event_and_the_next_job_runs(storybook: Model, library: Library) -> None:
    full = [True]

    def save(trace: Trace) -> None:
        if full.pop():
            raise OSError(errno.ENOSPC, "No space left on device", f"{library.store.root}/{trace.id}")
        library.save(trace)

    async with opened(LiveEngine(LocalWorker(lambda: storybook, save), library, Metrics())) as engine:
        failed = await engine.submit(request())
        assert (await ended(engine, failed))[-1] == "failed"
        last = job_of(engine, failed).events[-1].text
        assert '"status":500' in last
        assert library.store.root not in last
        full.append(False)
        again = await engine.submit(request())
        assert (await ended(engine, again))[-1] == "done"


async def test_runs_of_any_steps_are_generated_side_by_side_and_report_each_for_itself(
    engine: LiveEngine, library: Library
) -> None:
    tickets = await engine.submit_together([request(0, 2), request(1, 2), request(0, 1)])
    assert [ticket.status for ticket in tickets] == ["running"] * 3
    for ticket, steps in zip(tickets, (2, 2, 1), strict=True):
        assert (await ended(engine, ticket)).count("step") == steps
        assert library.has(ticket.id)


async def test_a_request_that_comes_while_another_runs_joins_it(engine: LiveEngine) -> None:
    long = await engine.submit(request(0, LONG))
    await anext(event async for _, event in job_of(engine, long).follow() if event.name == "step")
    short = await engine.submit(request(1, 2))
    assert (await ended(engine, short))[-1] == "done"
    assert job_of(engine, long).state == "running"
    engine.cancel(long.id)


async def test_what_is_stored_and_what_is_under_way_is_not_drawn_again(engine: LiveEngine) -> None:
    await ended(engine, await engine.submit(request(0)))
    under_way = await engine.submit(request(1, LONG))
    tickets = await engine.submit_together([request(0), request(1, LONG), request(2), request(2)])
    assert [ticket.status for ticket in (tickets[0], *tickets[2:])] == ["done", "running", "running"]
    assert (tickets[1].id, tickets[2]) == (under_way.id, tickets[3])
    engine.cancel(under_way.id)
    assert (await ended(engine, tickets[2]))[-1] == "done"


async def test_stopping_one_that_runs_leaves_the_others(engine: LiveEngine, library: Library) -> None:
    tickets = await engine.submit_together([request(seed, 6) for seed in (0, 1)])
    async for _, event in job_of(engine, tickets[1]).follow():
        if event.name == "step":
            engine.cancel(tickets[1].id)
            break
    assert (await ended(engine, tickets[1]))[-1] == "cancelled"
    assert (await ended(engine, tickets[0]))[-1] == "done"
    assert [library.has(ticket.id) for ticket in tickets] == [True, False]


async def test_runs_submitted_together_take_one_place_of_the_queue(narrow: LiveEngine) -> None:
    blocker = await narrow.submit(request(0, LONG))
    many = await narrow.submit_together([request(seed, steps) for seed in range(1, 4) for steps in (1, 2)])
    other = await narrow.submit(request(7))
    with pytest.raises(QueueFull):
        await narrow.submit(request(8))
    for ticket in (blocker, *many, other):
        narrow.cancel(ticket.id)


async def test_more_runs_than_the_limit_wait(storybook: Model, library: Library) -> None:
    async with opened(local(lambda: storybook, library, batch_limit=2)) as engine:
        tickets = await engine.submit_together([request(seed) for seed in range(4)])
        assert [ticket.status for ticket in tickets] == ["running", "running", "queued", "queued"]
        for ticket in tickets:
            assert (await ended(engine, ticket))[-1] == "done"


async def test_a_branch_behind_the_last_row_is_refused_at_once(engine: LiveEngine) -> None:
    with pytest.raises(InvalidRequest, match="must be 1 to 3"):
        await engine.submit(request(0, 3).branched(4, prompt="a castle"))


async def test_requests_wait_while_the_model_loads(storybook: Model, library: Library) -> None:
    async with opened(local(lambda: storybook, library)) as engine:
        before = engine.model.status
        ticket = await engine.submit(request())
        assert (before, engine.model.status) == ("loading", "ready")
        assert (await ended(engine, ticket))[-1] == "done"


async def test_without_its_model_an_engine_says_why(library: Library) -> None:
    def load() -> Model:
        raise ModelNotFound("nowhere", "no such folder.")

    async with opened(local(load, library)) as engine:
        with pytest.raises(ModelUnavailable, match="nowhere"):
            await engine.submit(request())
        assert engine.model.status == "failed"


async def test_closing_ends_what_runs_and_what_waits(storybook: Model, library: Library) -> None:
    engine = local(lambda: storybook, library)
    await engine.open()
    tickets = [await engine.submit(request(seed, LONG)) for seed in (0, 1)]
    await engine.close()
    assert [job_of(engine, ticket).state for ticket in tickets] == ["cancelled", "cancelled"]


async def test_what_ended_is_forgotten_after_a_while(storybook: Model, library: Library) -> None:
    async with opened(local(lambda: storybook, library, ttl=0.01)) as engine:
        ticket = await engine.submit(request())
        await ended(engine, ticket)
        async with asyncio.timeout(10):
            while engine.job(ticket.id) is not None:
                await asyncio.sleep(0.01)
