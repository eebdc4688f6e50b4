"""Groups of jobs; the real engine runs them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from diffusion_explainer.engine.engine import LiveEngine
from diffusion_explainer.engine.groups import Group, Groups
from diffusion_explainer.engine.metrics import Metrics
from diffusion_explainer.engine.workers.local import LocalWorker
from diffusion_explainer.errors import GroupNotFound
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
    group = await Groups(engine).submit("comparisons", [A, B], joined=True)
    assert group.id == "-".join(group.ids)
    reported = await names(group)
    assert [name for member, name in reported if member == 1] == OWN
    assert reported[-1][1] == "ended"
    job = engine.job(group.ids[1])
    assert job is not None
    own = [event for event in group.events if event.member == 1]
    assert all(mine.text is theirs.text for mine, theirs in zip(own, job.events, strict=True))


async def test_an_event_of_a_member_comes_with_the_id_of_its_trace(engine: LiveEngine) -> None:
    group = await Groups(engine).submit("comparisons", [A, B])
    await names(group)
    *_, done, ended = map(group.text_of, group.events)
    assert json.loads(done)["id"] in group.ids
    assert set(json.loads(done)["event"]) == {"id", "seconds"}
    assert json.loads(ended) == {"status": "done"}


async def test_a_group_of_stored_members_has_ended_at_once_and_equal_members_report_once(engine: LiveEngine) -> None:
    groups = Groups(engine)
    await names(await groups.submit("comparisons", [A, A]))
    again = await groups.submit("comparisons", [A, A])
    assert (again.finished, again.status) == (True, "done")
    assert await names(again) == [(0, "done"), (0, "ended")]


async def test_stopping_a_group_stops_its_members(engine: LiveEngine) -> None:
    groups = Groups(engine)
    long = [TraceRequest(prompt="a rabbit", seed=seed, steps=150) for seed in (0, 1)]
    group = await groups.submit("grids", long, [{"column": 0}, {"column": 1}])
    groups.stop("grids", group.id)
    await names(group)
    assert group.status == "cancelled"
    assert [(member["status"], member["column"]) for member in group.members(engine)] == [
        ("cancelled", 0),
        ("cancelled", 1),
    ]


async def test_a_group_is_known_by_its_noun_and_id(engine: LiveEngine) -> None:
    groups = Groups(engine)
    group = await groups.submit("grids", [A])
    assert groups.get("grids", group.id) is group
    for noun, group_id in (("comparisons", group.id), ("grids", "0123456789abcdef")):
        with pytest.raises(GroupNotFound):
            groups.get(noun, group_id)
