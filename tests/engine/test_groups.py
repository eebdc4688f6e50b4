"""Groups of jobs; the real engine runs them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from diffusion_explainer.engine.engine import LiveEngine
from diffusion_explainer.engine.groups import Group, Groups
from diffusion_explainer.engine.metrics import Metrics
from diffusion_explainer.engine.workers.local import LocalWorker
from diffusion_explainer.errors import GroupNotFound, QueueFull
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.library import Library
from diffusion_explainer.tracing.models import Model

pytestmark = pytest.mark.anyio

A, B = (TraceRequest(prompt="a rabbit", seed=seed, steps=2) for seed in (0, 1))
OWN = ["queued", "tokens", "text", "step", "step", "decoded", "done"]


@pytest.fixture
async def engine(storybook: Model, library: Library) -> AsyncIterator[LiveEngine]:
    engine = LiveEngine(LocalWorker(lambda: storybook, library.save), library, Metrics())
    await engine.open()
    yield engine
    await engine.close()


async def names(group: Group) -> list[tuple[int, str]]:
    """(member, name) of each event."""
    return [(event.member, event.name) async for _, event in group.follow()]


async def test_a_group_reports_what_its_members_do_and_shares_their_text(engine: LiveEngine) -> None:
    group, _ = await Groups(engine).submit("comparisons", [A, B], joined=True)
    assert group.id == "-".join(group.ids)
    reported = await names(group)
    assert [name for member, name in reported if member == 1] == OWN
    assert reported[-1][1] == "ended"
    job = engine.job(group.ids[1])
    assert job is not None
    own = [event async for _, event in group.follow() if event.name != "ended" and event.member == 1]
    assert all(mine.text is theirs.text for mine, theirs in zip(own, job.events, strict=True))


async def test_an_event_of_a_member_comes_with_the_id_of_its_trace(engine: LiveEngine) -> None:
    group, _ = await Groups(engine).submit("comparisons", [A, B])
    await names(group)
    *_, done, ended = [group.text_of(event) async for _, event in group.follow()]
    assert json.loads(done)["id"] in group.ids
    assert set(json.loads(done)["event"]) == {"id", "seconds"}
    assert json.loads(ended) == {"status": "done"}


async def test_a_group_of_stored_members_has_ended_at_once_and_equal_members_report_once(engine: LiveEngine) -> None:
    groups = Groups(engine)
    first, _ = await groups.submit("comparisons", [A, A])
    await names(first)
    again, share = await groups.submit("comparisons", [A, A])
    assert (again.finished, again.status, share) == (True, "done", None)
    assert await names(again) == [(0, "done"), (0, "ended")]


async def test_stopping_a_group_stops_its_members(engine: LiveEngine) -> None:
    groups = Groups(engine)
    long = [TraceRequest(prompt="a rabbit", seed=seed, steps=150) for seed in (0, 1)]
    group, _ = await groups.submit("grids", long, [{"column": 0}, {"column": 1}])
    groups.cancel("grids", group.id)
    await names(group)
    assert group.status == "cancelled"
    assert [(member["status"], member["column"]) for member in group.members()] == [
        ("cancelled", 0),
        ("cancelled", 1),
    ]


async def test_a_group_is_known_by_its_noun_and_id(engine: LiveEngine) -> None:
    groups = Groups(engine)
    group, _ = await groups.submit("grids", [A])
    assert groups.get("grids", group.id) is group
    for noun, group_id in (("comparisons", group.id), ("grids", "0123456789abcdef")):
        with pytest.raises(GroupNotFound):
            groups.get(noun, group_id)


async def test_a_group_ends_for_the_client_that_ends_its_share_only(engine: LiveEngine) -> None:
    groups = Groups(engine)
    long = [TraceRequest(prompt="a rabbit", seed=seed, steps=150) for seed in (0, 1)]
    group, mine = await groups.submit("grids", long)
    same, theirs = await groups.submit("grids", long)
    assert same is group
    assert mine
    assert theirs
    assert mine != theirs
    groups.release("grids", group.id, mine)
    assert group.status == "running"
    groups.release("grids", group.id, theirs)
    await names(group)
    assert group.status == "cancelled"


async def test_a_stopped_group_leaves_members_that_another_group_wants(engine: LiveEngine) -> None:
    groups = Groups(engine)
    shared, other = (TraceRequest(prompt="a rabbit", seed=seed, steps=6) for seed in (0, 1))
    group, mine = await groups.submit("grids", [shared, other])
    kept, _ = await groups.submit("grids", [shared])
    assert mine
    groups.release("grids", group.id, mine)
    await names(group)
    await names(kept)
    assert (group.status, kept.status) == ("cancelled", "done")


async def test_groups_of_runs_under_way_take_places_too(engine: LiveEngine) -> None:
    groups = Groups(engine, limit=1)
    long = [TraceRequest(prompt="a rabbit", seed=seed, steps=150) for seed in (0, 1, 2)]
    first, _ = await groups.submit("comparisons", long[:2], joined=True)
    assert (await groups.submit("comparisons", long[:2], joined=True))[0] is first
    with pytest.raises(QueueFull):
        await groups.submit("comparisons", [long[1], long[0]], joined=True)
    job = engine.job(first.ids[0])
    assert job is not None
    assert len(job.shares) == 2
    for trace_id in first.ids:
        engine.cancel(trace_id)


async def test_a_group_holds_no_copy_of_its_events(storybook: Model, library: Library) -> None:
    worker = LocalWorker(lambda: storybook, library.save)
    engine = LiveEngine(worker, library, Metrics(), ended_logs=0)
    await engine.open()
    group, _ = await Groups(engine).submit("comparisons", [A, B])
    await names(group)
    assert group.count == 2 * len(OWN) + 1
    assert [name for _, name in await names(group)] == ["done", "done", "ended"]
    await engine.close()
