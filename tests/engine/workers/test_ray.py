"""The worker of a cluster, with replicas in this process that can be lost; tests/cluster loses real ones."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from diffusion_explainer.engine.engine import LiveEngine
from diffusion_explainer.engine.event_log import WorkerEvent
from diffusion_explainer.engine.metrics import Metrics
from diffusion_explainer.engine.protocol import Ticket
from diffusion_explainer.engine.workers.local import status
from diffusion_explainer.engine.workers.ray import RayWorker
from diffusion_explainer.engine.workers.replica import streamed
from diffusion_explainer.engine.workers.shared_model import SharedModel
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.storage.library import Library
from diffusion_explainer.tracing.models import Model

pytest.importorskip("ray")
pytestmark = pytest.mark.anyio

RUN = ["queued", "tokens", "text", "step", "step", "decoded", "done"]


class Replicas:
    """What a handle of Ray Serve is to the worker. Each of the next streams is lost after `losses` events."""

    def __init__(self, model: Model, store: BundleStore) -> None:
        self.losses: list[int] = []
        self.reporting = asyncio.Event()
        self.reporting.set()
        self.shared = SharedModel(model, store.save, limit=2)
        self.describe = SimpleNamespace(remote=lambda: asyncio.to_thread(status, model))
        self.generate = SimpleNamespace(remote=self._stream)

    def options(self, stream: bool) -> Replicas:
        return self

    def _stream(self, request: TraceRequest) -> Stream:
        return Stream(self.reporting, streamed(self.shared, request), self.losses.pop(0) if self.losses else None)


class Stream:
    def __init__(self, reporting: asyncio.Event, events: AsyncGenerator[WorkerEvent], lost_after: int | None) -> None:
        self.reporting, self.events, self.left = reporting, events, lost_after

    async def __anext__(self) -> WorkerEvent:
        from ray.exceptions import ActorDiedError

        if self.left == 0:
            raise ActorDiedError
        self.left = self.left and self.left - 1
        await self.reporting.wait()
        return await anext(self.events)

    def cancel(self) -> None:
        self.closing = asyncio.ensure_future(self._close())

    async def _close(self) -> None:
        with contextlib.suppress(RuntimeError):  # it is being read
            await self.events.aclose()


@pytest.fixture
def replicas(storybook: Model, library: Library) -> Replicas:
    return Replicas(storybook, library.store)


@pytest.fixture
async def engine(replicas: Replicas, library: Library) -> AsyncIterator[LiveEngine]:
    engine = LiveEngine(RayWorker(lambda: replicas, library, replicas=1), library, Metrics(), queue_limit=3)
    await engine.open()
    yield engine
    await engine.close()


def request(seed: int = 0) -> TraceRequest:
    return TraceRequest(prompt="a rabbit", seed=seed, steps=2)


async def ended(engine: LiveEngine, ticket: Ticket) -> list[WorkerEvent]:
    job = engine.job(ticket.id)
    assert job is not None
    return [event async for _, event in job.follow()]


def names(events: list[WorkerEvent]) -> list[str]:
    return [event.name for event in events if event.text != '{"position":1}']


async def test_a_job_reports_from_queued_to_done_and_is_stored(engine: LiveEngine, library: Library) -> None:
    ticket = await engine.submit(request())
    assert names(await ended(engine, ticket)) == RUN
    assert library.has(ticket.id)


async def test_a_run_whose_replica_is_lost_starts_again(
    engine: LiveEngine, replicas: Replicas, library: Library
) -> None:
    replicas.losses = [4]
    ticket = await engine.submit(request())
    assert names(await ended(engine, ticket)) == [*RUN[:4], *RUN]
    assert library.has(ticket.id)


async def test_a_run_whose_replicas_are_lost_twice_fails_and_the_next_one_runs(
    engine: LiveEngine, replicas: Replicas
) -> None:
    replicas.losses = [4, 2]
    last = (await ended(engine, await engine.submit(request())))[-1]
    assert (last.name, json.loads(last.text)["type"]) == ("failed", "/api/docs#replica-lost")
    assert names(await ended(engine, await engine.submit(request(1))))[-1] == "done"


async def test_a_store_that_is_not_shared_is_told(
    engine: LiveEngine, replicas: Replicas, storybook: Model, library: Library, tmp_path: Path
) -> None:
    elsewhere = BundleStore(tmp_path / "elsewhere")
    replicas.shared = SharedModel(storybook, elsewhere.save, limit=2)
    last = (await ended(engine, await engine.submit(request())))[-1]
    assert (last.name, json.loads(last.text)["type"]) == ("failed", "/api/docs#store-not-shared")


async def test_jobs_wait_until_a_replica_reports(engine: LiveEngine, replicas: Replicas) -> None:
    replicas.reporting.clear()
    tickets = [await engine.submit(request(seed)) for seed in (0, 1)]
    assert [ticket.status for ticket in tickets] == ["queued", "queued"]
    assert [ticket.position for ticket in tickets] == [1, 2]
    replicas.reporting.set()
    for ticket in tickets:
        assert names(await ended(engine, ticket))[-1] == "done"


async def test_stopping_one_that_waits_leaves_the_others(engine: LiveEngine, library: Library) -> None:
    tickets = [await engine.submit(request(seed)) for seed in (0, 1, 2)]
    engine.cancel(tickets[1].id)
    assert [names(await ended(engine, ticket))[-1] for ticket in tickets] == ["done", "cancelled", "done"]
    assert [library.has(ticket.id) for ticket in tickets] == [True, False, True]
