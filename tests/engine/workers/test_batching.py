"""Who shares a batch with whom; the real model draws."""

import asyncio
import contextlib

import pytest

from diffusion_explainer.engine.workers.batching import Coalescer
from diffusion_explainer.engine.workers.local import draw
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import BundleStore

pytestmark = pytest.mark.anyio


def request(seed=0, steps=1):
    return TraceRequest(prompt="a rabbit", seed=seed, steps=steps)


@pytest.fixture
def batches():
    """What was drawn, batch by batch."""
    return []


@pytest.fixture
def store(tmp_path):
    return BundleStore(tmp_path)


@pytest.fixture
def coalescer(storybook, store, batches):
    async def make(requests, report, stopped):
        batches.append(list(requests))
        await draw(storybook, store.save, requests, report, stopped)

    return Coalescer(make, batch_limit=3)


async def told(coalescer, *requests):
    return [(news.member, news.name) async for news in coalescer.draw(requests)]


async def test_what_comes_while_the_model_is_busy_shares_the_next_batch(coalescer, batches, store):
    one, two, three = request(1), request(2), request(3)
    ended = await asyncio.gather(*(told(coalescer, each) for each in (one, two, three)))
    assert batches == [[one], [two, three]]
    assert ended == [[(0, name) for name in ("tokens", "text", "step", "decoded", "done")]] * 3
    assert len(store.ids()) == 3


async def test_only_runs_of_one_sampler_and_number_of_steps_share_a_batch(coalescer, batches):
    first, short, long, another = request(0), request(1, steps=1), request(2, steps=2), request(3, steps=1)
    await asyncio.gather(*(told(coalescer, each) for each in (first, short, long, another)))
    assert batches == [[first], [short, another], [long]]


async def test_a_batch_keeps_its_limit_and_parts_stay_whole(coalescer, batches):
    first, pair, other = [request(0)], [request(1), request(2)], [request(3), request(4)]
    ended = await asyncio.gather(*(told(coalescer, *each) for each in (first, pair, other)))
    assert batches == [first, pair, other]
    assert [member for member, name in ended[1] if name == "done"] == [0, 1]


async def test_a_reader_who_leaves_ends_its_own_runs_and_no_others(coalescer, store):
    staying = asyncio.create_task(told(coalescer, request(1)))
    async with contextlib.aclosing(coalescer.draw([request(2, steps=2)])) as leaving:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(anext(leaving), 0.01)
    assert (await staying)[-1] == (0, "done")
    assert await told(coalescer, request(3))
    assert len(store.ids()) == 2


async def test_in_a_shared_batch_it_is_the_one_who_leaves_that_is_stopped():
    stopped_members = []

    async def make(requests, report, stopped):
        if len(requests) == 2:
            leaving.cancel()
            await asyncio.wait([leaving])
            stopped_members.extend(map(stopped, range(2)))

    coalescer = Coalescer(make, batch_limit=3)
    first, staying, leaving = (asyncio.create_task(told(coalescer, request(seed))) for seed in range(3))
    await asyncio.gather(first, staying)
    assert stopped_members == [False, True]
