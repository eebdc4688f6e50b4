"""Slow work of one kind keeps to itself."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

import httpx
import pytest

from diffusion_explainer.errors import Busy
from diffusion_explainer.server.slow_work import SlowWork
from diffusion_explainer.storage import formats
from event_streams import read_events

pytestmark = pytest.mark.anyio


async def test_one_piece_runs_at_a_time_and_too_many_are_refused() -> None:
    slow, running, most = SlowWork(threads=1, limit=3), [], []

    def piece() -> None:
        running.append(1)
        most.append(len(running))
        threading.Event().wait(0.01)
        running.pop()

    pieces = [asyncio.create_task(slow.run(piece)) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Busy) as refused:
        await slow.run(piece)
    assert refused.value.retry_after >= 1
    await asyncio.gather(*pieces)
    assert most == [1, 1, 1]
    await slow.run(piece)


async def test_a_piece_that_fails_frees_its_place() -> None:
    slow = SlowWork(limit=1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await slow.run(lambda: 1 / 0)


def test_the_page_is_answered_while_forty_exports_wait(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    trace_id = http.post("/api/traces", json={"prompt": "a fox", "steps": 1}).json()["id"]
    assert [event.name for event in read_events(http, trace_id)][-1] == "done"
    gate = threading.Event()

    def encode(*arguments: Any) -> bytes:
        gate.wait(30)
        return b"a film"

    monkeypatch.setattr(formats, "encode", encode)
    with ThreadPoolExecutor(40) as clients:
        waiting = [clients.submit(http.get, f"/api/traces/{trace_id}/exports/webp") for _ in range(40)]
        first, *_ = wait(waiting, return_when=FIRST_COMPLETED).done
        assert first.result().json()["type"] == "/api/docs#busy"
        for path in ("/healthz", "/api/gallery", f"/api/traces/{trace_id}", f"/api/traces/{trace_id}/steps/0"):
            assert http.get(path, timeout=5).status_code == 200
        gate.set()
        answers = [one.result() for one in waiting]
    assert {answer.status_code for answer in answers} == {200, 503}
    assert all(answer.headers["retry-after"] for answer in answers if answer.status_code == 503)
