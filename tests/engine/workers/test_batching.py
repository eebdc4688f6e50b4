"""Who shares a batch with whom; the real model draws."""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from diffusion_explainer.engine.event_log import WorkerEvent
from diffusion_explainer.engine.workers.batching import Batcher
from diffusion_explainer.engine.workers.local import run_batch
from diffusion_explainer.engine.workers.protocol import OnEvent, Stopped
from diffusion_explainer.engine.workers.replica import streamed
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.tracing.models import Model

pytestmark = pytest.mark.anyio

Batches: TypeAlias = list[list[TraceRequest]]


def request(seed: int = 0, steps: int = 1) -> TraceRequest:
    return TraceRequest(prompt="a rabbit", seed=seed, steps=steps)


@pytest.fixture
def batches() -> Batches:
    """What was drawn, batch by batch."""
    return []


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(tmp_path)


@pytest.fixture
def batcher(storybook: Model, store: BundleStore, batches: Batches) -> Batcher:
    async def generate(requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped) -> None:
        batches.append(list(requests))
        await run_batch(storybook, store.save, requests, on_event, stopped)

    return Batcher(generate, batch_limit=3)


async def reported(batcher: Batcher, *requests: TraceRequest) -> list[tuple[int, str]]:
    return [(event.member, event.name) async for event in streamed(batcher, requests)]


async def test_what_comes_while_the_model_is_busy_shares_the_next_batch(
    batcher: Batcher, batches: Batches, store: BundleStore
) -> None:
    one, two, three = request(1), request(2), request(3)
    ended = await asyncio.gather(*(reported(batcher, each) for each in (one, two, three)))
    assert batches == [[one], [two, three]]
    assert ended == [[(0, name) for name in ("queued", "tokens", "text", "step", "decoded", "done")]] * 3
    assert len(store.ids()) == 3


async def test_only_runs_of_one_sampler_and_number_of_steps_share_a_batch(batcher: Batcher, batches: Batches) -> None:
    first, short, long, another = request(0), request(1, steps=1), request(2, steps=2), request(3, steps=1)
    await asyncio.gather(*(reported(batcher, each) for each in (first, short, long, another)))
    assert batches == [[first], [short, another], [long]]


async def test_a_batch_keeps_its_limit_and_parts_stay_whole(batcher: Batcher, batches: Batches) -> None:
    first, pair, other = [request(0)], [request(1), request(2)], [request(3), request(4)]
    ended = await asyncio.gather(*(reported(batcher, *each) for each in (first, pair, other)))
    assert batches == [first, pair, other]
    assert [member for member, name in ended[1] if name == "done"] == [0, 1]


async def test_a_reader_who_leaves_ends_its_own_runs_and_no_others(batcher: Batcher, store: BundleStore) -> None:
    staying = asyncio.create_task(reported(batcher, request(1)))
    async with contextlib.aclosing(streamed(batcher, [request(2, steps=2)])) as leaving:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(anext(leaving), 0.01)
    assert (await staying)[-1] == (0, "done")
    assert await reported(batcher, request(3))
    assert len(store.ids()) == 2


async def test_in_a_shared_batch_it_is_the_one_who_leaves_that_is_stopped() -> None:
    stopped_members: list[bool] = []

    async def generate(requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped) -> None:
        if len(requests) == 2:
            leaving.cancel()
            await asyncio.wait([leaving])
            stopped_members.extend(map(stopped, range(2)))

    batcher = Batcher(generate, batch_limit=3)
    first, staying, leaving = (asyncio.create_task(reported(batcher, request(seed))) for seed in range(3))
    await asyncio.gather(first, staying)
    assert stopped_members == [False, True]


async def test_as_many_batches_as_slots_are_generated_at_once() -> None:
    running, most = 0, 0

    async def generate(requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1

    batcher = Batcher(generate, batch_limit=1, slots=2)
    await asyncio.gather(*(reported(batcher, request(seed)) for seed in range(5)))
    assert most == 2


async def test_a_member_that_is_stopped_before_its_batch_starts_is_not_generated() -> None:
    generated: Batches = []

    async def generate(requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped) -> None:
        generated.append(list(requests))
        await asyncio.sleep(0)

    batcher = Batcher(generate, batch_limit=2)
    await asyncio.gather(
        batcher.generate([request(0)], ignore, lambda member: False),
        batcher.generate([request(1), request(2)], ignore, lambda member: member == 0),
    )
    assert generated == [[request(0)], [request(2)]]


async def test_an_error_reaches_all_whose_batch_it_is_and_the_next_batch_starts() -> None:
    async def generate(requests: Sequence[TraceRequest], on_event: OnEvent, stopped: Stopped) -> None:
        await asyncio.sleep(0)
        if len(requests) == 2:
            raise OSError("no space left")

    batcher = Batcher(generate, batch_limit=2)
    outcomes = await asyncio.gather(*(reported(batcher, request(seed)) for seed in range(4)), return_exceptions=True)
    assert [isinstance(outcome, OSError) for outcome in outcomes] == [False, True, True, False]


async def test_more_requests_of_one_caller_than_a_batch_may_have_are_generated_alone(
    batcher: Batcher, batches: Batches
) -> None:
    many = [request(seed) for seed in range(4)]
    await asyncio.gather(reported(batcher, *many), reported(batcher, request(9)))
    assert batches == [many, [request(9)]]


def ignore(event: WorkerEvent) -> None:
    pass
