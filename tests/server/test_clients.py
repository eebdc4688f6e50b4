"""Clients that go away in the middle, or read too slowly."""

from __future__ import annotations

import functools
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from diffusion_explainer.engine import jobs
from diffusion_explainer.engine.shares import Shares
from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings
from diffusion_explainer.tracing.models import Model
from event_streams import read_events
from server_process import serve

LONG = {"prompt": "a whale underwater, cartoon", "steps": 150}
SLOW_READERS = 120
FEW_MEGABYTES = 24 * 2**20


class Steps:
    """Holds the UNet at each call until it is let go on; counts the calls."""

    def __init__(self) -> None:
        self.begun, self._allowed = 0, threading.Semaphore(0)

    def __call__(self, module: Any, args: Any) -> None:
        self.begun += 1
        self._allowed.acquire()

    def allow(self, calls: int) -> None:
        self._allowed.release(calls)


@pytest.fixture
def steps(storybook: Model) -> Iterator[Steps]:
    steps = Steps()
    hook = storybook.pipeline.unet.conv_in.register_forward_pre_hook(steps)
    yield steps
    hook.remove()
    steps.allow(1000)


def eventually(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize("farewell", [True, False], ids=["that says so", "that is just gone"])
def test_a_run_ends_within_one_step_of_its_last_client_going(
    storybook: Model, steps: Steps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, farewell: bool
) -> None:
    monkeypatch.setattr(jobs, "Shares", functools.partial(Shares, grace=0.0))  # ten seconds, else
    app = create_app(Settings.read(store=str(tmp_path), gallery=str(tmp_path)), load=lambda: storybook)
    with serving(app) as url, httpx.Client(base_url=url, timeout=60) as http:
        ticket = http.post("/api/traces", json=LONG).json()
        steps.allow(3)
        for event in read_events(http, ticket["id"], params={"share": ticket["share"]}):
            if event.name == "step" and event.content["row"]["step"] == 2:
                break
        if farewell:
            http.delete(f"/api/traces/{ticket['id']}", params={"share": ticket["share"]})
        job = app.state.engine.job(ticket["id"])
        eventually(lambda: steps.begun == 4 and not len(job.shares))
        steps.allow(1000)
        assert list(read_events(http, ticket["id"]))[-1].name == "cancelled"
    assert steps.begun == 4


def memory(pid: int) -> int:
    """What a process holds, in bytes."""
    return 1024 * int(subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True).stdout)


@contextmanager
def slow_reader(url: str, trace_id: str) -> Iterator[socket.socket]:
    """A client that asked for the events of a run, and reads nothing of them but a byte."""
    address = urlsplit(url)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((address.hostname, address.port))
        client.sendall(f"GET /api/traces/{trace_id}/events HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        assert client.recv(1) == b"H"
        yield client


@pytest.mark.model
def test_those_who_read_slowly_take_no_memory_and_no_time_of_others(tmp_path: Path) -> None:
    with serve(tmp_path) as server, httpx.Client(base_url=server.url, timeout=60) as http, ExitStack() as readers:
        trace_id = http.post("/api/traces", json={**LONG, "steps": 30}).json()["id"]
        size = sum(len(json.dumps(event)) for event in read_events(http, trace_id))
        assert size * SLOW_READERS > 4 * FEW_MEGABYTES
        before = memory(server.pid)
        slow = [readers.enter_context(slow_reader(server.url, trace_id)) for _ in range(SLOW_READERS)]
        assert sum(len(json.dumps(event)) for event in read_events(http, trace_id)) == size
        for reader in slow:
            assert reader.recv(1) == b"T"
        assert memory(server.pid) - before < FEW_MEGABYTES
