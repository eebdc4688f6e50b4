"""The cluster's maker, with replicas of this process that can be lost; tests/cluster loses real ones."""

import asyncio
import contextlib
import functools
import json
from types import SimpleNamespace

import pytest

from diffusion_explainer.engine import ClusterMaker, DrawingEngine, Metrics
from diffusion_explainer.engine.workers.batching import Coalescer
from diffusion_explainer.engine.workers.local import draw, status
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import BundleStore

pytest.importorskip("ray")
pytestmark = pytest.mark.anyio

RUN = ["queued", "tokens", "text", "step", "step", "decoded", "done"]


class Replicas:
    """What a handle of Ray Serve is to the maker. Each of the next streams is lost after `losses` news."""

    def __init__(self, model, store):
        self.losses = []
        self.coalescer = Coalescer(functools.partial(draw, model, store.save), batch_limit=2)
        self.describe = SimpleNamespace(remote=lambda: asyncio.to_thread(status, model))
        self.draw = SimpleNamespace(remote=self._stream)

    def options(self, stream):
        return self

    def _stream(self, requests):
        return Stream(self.coalescer.draw(requests), self.losses.pop(0) if self.losses else None)


class Stream:
    def __init__(self, news, lost_after):
        self.news, self.left = news, lost_after

    async def __anext__(self):
        from ray.exceptions import ActorDiedError

        if self.left == 0:
            raise ActorDiedError
        self.left = self.left and self.left - 1
        return await anext(self.news)

    def cancel(self):
        self.closing = asyncio.ensure_future(self._close())

    async def _close(self):
        with contextlib.suppress(RuntimeError):  # it is being read
            await self.news.aclose()


@pytest.fixture
def replicas(storybook, library):
    return Replicas(storybook, library.store)


@pytest.fixture
async def engine(replicas, library):
    engine = DrawingEngine(ClusterMaker(lambda: replicas, library, places=1), library, Metrics(), queue_limit=3)
    await engine.open()
    yield engine
    await engine.close()


def request(seed=0):
    return TraceRequest(prompt="a rabbit", seed=seed, steps=2)


async def ended(engine, ticket):
    return [report async for report in engine.job(ticket.id).follow()]


def names(reports):
    return [report.name for report in reports if report.text != '{"position":1}']


async def test_a_job_reports_from_queued_to_done_and_is_stored(engine, library):
    ticket = await engine.submit(request())
    assert names(await ended(engine, ticket)) == RUN
    assert library.has(ticket.id)


async def test_a_run_whose_replica_is_lost_starts_again(engine, replicas, library):
    replicas.losses = [3]
    ticket = await engine.submit(request())
    assert names(await ended(engine, ticket)) == [*RUN[:4], *RUN]
    assert library.has(ticket.id)


async def test_a_run_whose_replicas_are_lost_twice_fails_and_the_next_one_runs(engine, replicas):
    replicas.losses = [3, 1]
    last = (await ended(engine, await engine.submit(request())))[-1]
    assert (last.name, json.loads(last.text)["type"]) == ("failed", "/api/docs#replica-lost")
    assert names(await ended(engine, await engine.submit(request(1))))[-1] == "done"


async def test_a_store_that_is_not_shared_is_told(engine, replicas, storybook, library, tmp_path):
    elsewhere = BundleStore(tmp_path / "elsewhere")
    replicas.coalescer = Coalescer(functools.partial(draw, storybook, elsewhere.save), batch_limit=2)
    last = (await ended(engine, await engine.submit(request())))[-1]
    assert (last.name, json.loads(last.text)["type"]) == ("failed", "/api/docs#store-not-shared")


async def test_jobs_wait_until_there_is_news_of_them(engine):
    tickets = [await engine.submit(request(seed)) for seed in (0, 1)]
    assert [ticket.status for ticket in tickets] == ["queued", "queued"]
    assert [ticket.position for ticket in tickets] == [1, 2]
    for ticket in tickets:
        assert names(await ended(engine, ticket))[-1] == "done"


async def test_stopping_one_that_waits_leaves_the_others(engine, library):
    tickets = [await engine.submit(request(seed)) for seed in (0, 1, 2)]
    engine.cancel(tickets[1].id)
    assert [names(await ended(engine, ticket))[-1] for ticket in tickets] == ["done", "cancelled", "done"]
    assert [library.has(ticket.id) for ticket in tickets] == [True, False, True]
