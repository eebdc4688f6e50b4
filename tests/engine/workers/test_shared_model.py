"""Runs of many readers on one copy of the model; the real model draws."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from diffusion_explainer.engine.event_log import WorkerEvent
from diffusion_explainer.engine.workers.replica import streamed
from diffusion_explainer.engine.workers.shared_model import SharedModel
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.tracing.models import Model

pytestmark = pytest.mark.anyio

RUN = ["queued", "tokens", "text", "step", "decoded", "done"]


def request(seed: int = 0, steps: int = 1) -> TraceRequest:
    return TraceRequest(prompt="a rabbit", seed=seed, steps=steps)


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(tmp_path)


@pytest.fixture
def calls() -> list[int]:
    """How many runs each shared call served."""
    return []


@pytest.fixture
async def shared(storybook: Model, store: BundleStore, calls: list[int]) -> AsyncIterator[SharedModel]:
    shared = SharedModel(storybook, store.save, limit=3, on_call=calls.append)
    yield shared
    shared.close()


async def reported(shared: SharedModel, request: TraceRequest) -> list[str]:
    return [event.name async for event in streamed(shared, request)]


async def until_step(events: AsyncIterator[WorkerEvent], steps: int = 1) -> None:
    while steps:
        steps -= (await anext(events)).name == "step"


async def test_who_comes_while_another_runs_joins_at_the_next_step(
    shared: SharedModel, calls: list[int], store: BundleStore
) -> None:
    async with contextlib.aclosing(streamed(shared, request(0, 150))) as long:
        await until_step(long)
        assert set(calls) == {1}
        assert await reported(shared, request(1)) == RUN
        assert 2 in calls
        assert store.ids() == [request(1).id_for(shared.model.card.fingerprint)]


async def test_more_runs_than_the_limit_wait_and_all_are_generated(
    shared: SharedModel, calls: list[int], store: BundleStore
) -> None:
    ended = await asyncio.gather(*(reported(shared, request(seed)) for seed in range(7)))
    assert ended == [RUN] * 7
    assert max(calls) == 3
    assert len(store.ids()) == 7


async def test_a_place_is_free_as_soon_as_a_run_leaves(shared: SharedModel) -> None:
    async with contextlib.AsyncExitStack() as stack:
        runs = [
            await stack.enter_async_context(contextlib.aclosing(streamed(shared, request(s, 150)))) for s in range(3)
        ]
        for run in runs:
            await until_step(run)
        waiting = asyncio.create_task(reported(shared, request(9)))
        await runs[0].aclose()
        assert await waiting == RUN


async def test_a_reader_who_leaves_ends_its_own_run_and_no_other(shared: SharedModel, store: BundleStore) -> None:
    staying = asyncio.create_task(reported(shared, request(1, 3)))
    async with contextlib.aclosing(streamed(shared, request(2, 150))) as leaving:
        await until_step(leaving)
    assert (await staying)[-1] == "done"
    assert len(store.ids()) == 1


async def test_a_run_that_is_stopped_ends_after_its_step(shared: SharedModel) -> None:
    events: list[WorkerEvent] = []
    await shared.generate(request(steps=150), events.append, lambda: len(events) >= 6)
    assert [event.name for event in events][-1] == "cancelled"
    assert len(events) < 12


async def test_a_run_that_is_stopped_before_it_starts_reports_nothing(shared: SharedModel) -> None:
    events: list[WorkerEvent] = []
    await shared.generate(request(), events.append, lambda: True)
    assert events == []


async def test_a_run_that_fails_leaves_the_others(
    shared: SharedModel, storybook: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = type(storybook).decode

    def full(model: Model, latents: object) -> object:
        if len(decoded) == 2:
            raise MemoryError
        decoded.append(latents)
        return decode(model, latents)  # type: ignore[arg-type]

    decoded: list[object] = []
    monkeypatch.setattr(type(storybook), "decode", full)
    first = await reported(shared, request(0, 3))
    assert first[-1] == "failed"
    monkeypatch.undo()
    assert await reported(shared, request(1)) == RUN
