"""Shares of a run: who ends it, and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from diffusion_explainer.engine.shares import Shares
from diffusion_explainer.errors import RunShared

pytestmark = pytest.mark.anyio


class Run:
    """What shares are of."""

    def __init__(self, unfollowed: float = 60.0, grace: float = 60.0) -> None:
        self.stopped = 0
        self.shares = Shares(self.stop, unfollowed, grace)

    def stop(self) -> None:
        self.stopped += 1


async def eventually(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not true():
        assert time.monotonic() < until
        await asyncio.sleep(0.005)


async def test_a_run_stops_with_its_last_share_and_once() -> None:
    run = Run()
    for name in ("a", "b"):
        run.shares.begin(name)
    run.shares.end("a")
    run.shares.end("a")
    assert run.stopped == 0
    run.shares.end("b")
    run.shares.end("b")
    assert run.stopped == 1


async def test_a_share_that_no_stream_follows_ends_by_time_and_asking_renews_it() -> None:
    run = Run(unfollowed=0.1)
    run.shares.begin("a")
    for _ in range(4):
        await asyncio.sleep(0.05)
        run.shares.renew()
    assert run.stopped == 0
    await eventually(lambda: run.stopped == 1)


async def test_a_share_ends_a_while_after_its_stream_closed_and_not_if_it_opens_again() -> None:
    run = Run(grace=0.05)
    run.shares.begin("a")
    with run.shares.followed("a"):
        await asyncio.sleep(0.1)
        with run.shares.followed("a"):
            pass
        await asyncio.sleep(0.1)
    with run.shares.followed("a"):
        await asyncio.sleep(0.1)
    assert run.stopped == 0
    await eventually(lambda: run.stopped == 1)


async def test_a_client_without_a_share_stops_the_run_that_it_alone_follows() -> None:
    run = Run()
    run.shares.begin("its own, which it does not name")
    with run.shares.followed(None):
        run.shares.end_unnamed()
    assert run.stopped == 1


@pytest.mark.parametrize("others", ["named", None])
async def test_a_client_without_a_share_never_stops_a_run_that_another_stream_follows(others: str | None) -> None:
    run = Run()
    with run.shares.followed(others), run.shares.followed(None), pytest.raises(RunShared):
        run.shares.end_unnamed()
    assert run.stopped == 0
    run.shares.close()


async def test_a_stream_of_a_share_that_had_ended_begins_it_again() -> None:
    run = Run()
    run.shares.begin("a")
    with run.shares.followed("b"):
        run.shares.end("a")
        assert run.stopped == 0
    run.shares.end("b")
    assert run.stopped == 1


async def test_a_run_that_has_ended_has_no_shares() -> None:
    run = Run(unfollowed=0.01, grace=0.01)
    run.shares.begin("a")
    with run.shares.followed("b"):
        run.shares.close()
    run.shares.begin("c")
    await asyncio.sleep(0.05)
    assert (len(run.shares), run.stopped) == (0, 0)


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_jumps_ends_no_share_and_keeps_none(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    long, short, clock = Run(unfollowed=60.0), Run(unfollowed=0.05), time.time
    for run in (long, short):
        run.shares.begin("a")
    monkeypatch.setattr(time, "time", lambda: clock() + 3600 * hours)
    await eventually(lambda: short.stopped == 1)
    assert long.stopped == 0
