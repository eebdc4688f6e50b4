"""Two server processes on one store."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from diffusion_explainer.storage.bundle_store import BundleStore
from event_streams import read_events
from server_process import serve

pytestmark = [pytest.mark.model, pytest.mark.slow]  # two models to load

LIMIT = 2
BOTH_ASK = [{"prompt": "a red house", "steps": 1, "seed": seed} for seed in range(3)]
ONE_ASKS = [[{**request, "prompt": prompt} for request in BOTH_ASK] for prompt in ("a fox", "a whale")]


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[httpx.Client]]:
    with ExitStack() as stack, ThreadPoolExecutor() as threads:
        started = [threads.submit(stack.enter_context, serve(tmp_path, store_limit=LIMIT)) for _ in range(2)]
        urls = [start.result().url for start in started]
        yield [stack.enter_context(httpx.Client(base_url=url, timeout=120)) for url in urls]


def draw(http: httpx.Client, request: dict[str, object]) -> str:
    """How the request's run ended: it was stored already, or its last event."""
    ticket = http.post("/api/traces", json=request).json()
    return "done" if ticket["status"] == "done" else list(read_events(http, ticket["id"]))[-1].name


def test_two_servers_on_one_store_answer_everybody_with_whole_traces(
    servers: list[httpx.Client], tmp_path: Path
) -> None:
    with ThreadPoolExecutor(8) as readers:
        asked = [
            readers.submit(draw, http, request)
            for http, own in zip(servers, ONE_ASKS, strict=True)
            for request in [*BOTH_ASK, *own]
        ]
    assert {answer.result() for answer in asked} == {"done"}
    store = BundleStore(tmp_path)
    assert 0 < len(store.ids()) <= 2 * LIMIT
    assert sorted(path.name for path in tmp_path.iterdir()) == store.ids()
    for trace_id in store.ids():
        store.open(trace_id)
