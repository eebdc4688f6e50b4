import base64
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import numpy as np
import pytest

from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.traces.trace import Trace
from event_streams import Sent, read_events

Job: TypeAlias = tuple[str, list[Sent]]


@pytest.fixture(scope="module")
def job(http: httpx.Client) -> Job:
    """The id of a job that ended a moment ago, and its events."""
    request = {"prompt": "a fox in the snow, 3d render", "steps": 3, "scheduler": "euler"}
    trace_id = http.post("/api/traces", json=request).json()["id"]
    return trace_id, list(read_events(http, trace_id))


def test_events_come_in_order_and_are_counted(job: Job) -> None:
    _, events = job
    assert [event.name for event in events] == ["queued", "tokens", "text", *["step"] * 3, "decoded", "done"]
    assert [event.number for event in events] == list(range(8))


def test_a_step_carries_its_row_its_tensors_and_both_pictures(job: Job) -> None:
    trace_id, events = job
    step = events[4].content
    assert (step["row"]["step"], step["rows"]) == (1, 3)
    latent = step["arrays"]["latent"]
    values = np.frombuffer(base64.b64decode(latent["data"]), "<f2")
    assert values.size == np.prod(latent["shape"])
    assert all(picture.startswith("data:image/webp;base64,") for picture in step["pictures"].values())
    assert events[1].content["steps"] == 3
    assert events[-1].content["id"] == trace_id


@pytest.mark.parametrize("options", [{"headers": {"Last-Event-ID": "4"}}, {"params": {"after": 4}}])
def test_a_client_comes_back_to_where_it_was(http: httpx.Client, job: Job, options: dict[str, Any]) -> None:
    trace_id, events = job
    assert list(read_events(http, trace_id, **options)) == events[5:]


def test_what_a_browser_says_of_the_last_event_goes_before_the_address(http: httpx.Client, job: Job) -> None:
    trace_id, events = job
    resumed = read_events(http, trace_id, params={"after": 0}, headers={"Last-Event-ID": "6"})
    assert list(resumed) == events[7:]


def test_a_stream_is_not_to_be_stored(http: httpx.Client, job: Job) -> None:
    with http.stream("GET", f"/api/traces/{job[0]}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-cache"


def test_a_trace_of_nobody_has_no_events(http: httpx.Client) -> None:
    answer = http.get("/api/traces/0123456789abcdef/events")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_place_that_is_no_number_is_a_problem(http: httpx.Client, job: Job) -> None:
    answer = http.get(f"/api/traces/{job[0]}/events", params={"after": "soon"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "after"


def test_a_client_that_comes_back_to_a_finished_run_hears_its_end_as_the_next_event(
    trace: Trace, tmp_path: Path
) -> None:
    BundleStore(tmp_path).save(trace)
    settings = Settings.read(replay=True, gallery=str(tmp_path), store=str(tmp_path / "store"))
    with serving(create_app(settings)) as url, httpx.Client(base_url=url) as client:
        text = client.get(f"/api/traces/{trace.id}/events", headers={"Last-Event-ID": "7"}).text
    assert "id: 8" in text
    assert "event: done" in text
