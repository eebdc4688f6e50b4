from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from diffusion_explainer.requests.batches import LARGEST_BATCH
from diffusion_explainer.storage.bundle_format import FILES
from event_streams import read_events

REQUEST = {"prompt": "a cute rabbit in space, pixel art", "seed": 3, "steps": 3}
LONG = {"prompt": "a whale underwater, cartoon", "steps": 150}
ENDS = {"done", "failed", "cancelled"}


@pytest.fixture(scope="module")
def made(http: httpx.Client) -> str:
    """The id of a trace that is stored."""
    trace_id: str = http.post("/api/traces", json=REQUEST).json()["id"]
    for _ in read_events(http, trace_id):
        pass
    return trace_id


@pytest.fixture
def busy(http: httpx.Client) -> Iterator[str]:
    """The id of a long job that runs for as long as the test."""
    trace_id = http.post("/api/traces", json=LONG).json()["id"]
    next(event for event in read_events(http, trace_id) if event.name == "step")
    yield trace_id
    http.delete(f"/api/traces/{trace_id}")
    assert [event.name for event in read_events(http, trace_id)][-1] in ENDS


def test_a_request_becomes_a_job_with_a_place_of_its_own(http: httpx.Client) -> None:
    answer = http.post("/api/traces", json={**REQUEST, "seed": 4})
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/traces/{answer.json()['id']}"
    assert [event.name for event in read_events(http, answer.json()["id"])][-1] == "done"


def test_a_stored_request_is_answered_at_once(http: httpx.Client, made: str) -> None:
    answer = http.post("/api/traces", json=REQUEST)
    assert (answer.status_code, answer.json()) == (200, {"id": made, "status": "done"})


def test_the_trace_and_each_of_its_files_can_be_kept_for_ever(http: httpx.Client, made: str) -> None:
    for path in (f"/api/traces/{made}", *(f"/api/traces/{made}/files/{name}" for name in FILES)):
        answer = http.get(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert http.get(f"/api/traces/{made}").json() == http.get(f"/api/traces/{made}/files/trace.json").json()


def test_files_say_what_they_are(http: httpx.Client, made: str) -> None:
    kinds = {name: http.get(f"/api/traces/{made}/files/{name}").headers["content-type"] for name in FILES}
    assert kinds["trace.json"] == "application/json"
    assert kinds["latent.webp"] == "image/webp"
    assert kinds["picture.png"] == "image/png"
    assert kinds["arrays.safetensors"] == "application/octet-stream"


def test_a_step_comes_with_its_tensors(http: httpx.Client, made: str) -> None:
    first, second = (http.get(f"/api/traces/{made}/steps/{k}").json() for k in (0, 1))
    assert first["step"]["step"] == 0
    assert np.shape(first["noise_conditional"]) == (4, 16, 16)
    assert first["next_latent"] == second["latent"]


def test_while_it_is_made_a_trace_says_where_its_job_stands(http: httpx.Client, busy: str) -> None:
    answer = http.get(f"/api/traces/{busy}")
    assert answer.status_code == 202
    assert answer.json()["status"] in ("queued", "running")
    assert answer.headers["cache-control"] == "no-store"


def test_the_first_step_comes_while_the_rest_is_still_computed(http: httpx.Client, busy: str) -> None:
    for event in read_events(http, busy):
        if event.name == "step":
            break
    assert http.get(f"/api/traces/{busy}").status_code == 202


def test_a_full_queue_answers_429_with_the_time_to_come_again(http: httpx.Client, busy: str) -> None:
    beside_it = [http.post("/api/traces", json={**LONG, "seed": seed}) for seed in range(1, LARGEST_BATCH)]
    waiting = [http.post("/api/traces", json={**LONG, "seed": 10 + seed}) for seed in (1, 2, 3)]
    refused = http.post("/api/traces", json={**LONG, "seed": 20})
    assert [answer.status_code for answer in (*beside_it, *waiting)] == [202] * (LARGEST_BATCH + 2)
    assert [answer.json()["position"] for answer in waiting] == [1, 2, 3]
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["content-type"] == "application/problem+json"
    for answer in (*waiting, *beside_it):
        assert http.delete(answer.headers["location"]).status_code == 204


def test_stopping_a_job_stops_no_other(http: httpx.Client, busy: str) -> None:
    waiting = http.post("/api/traces", json={**LONG, "seed": 1}).json()["id"]
    assert http.delete(f"/api/traces/{waiting}").status_code == 204
    assert [event.name for event in read_events(http, waiting)][-1] == "cancelled"
    assert http.get(f"/api/traces/{busy}").status_code == 202


def test_a_client_that_leaves_does_not_stop_its_job(server: str, http: httpx.Client) -> None:
    trace_id = http.post("/api/traces", json={**REQUEST, "seed": 5}).json()["id"]
    with httpx.Client(base_url=server) as leaving:
        next(read_events(leaving, trace_id))
    assert [event.name for event in read_events(http, trace_id)][-1] == "done"


@pytest.mark.parametrize(
    "path",
    [
        "0123456789abcdef",
        "0123456789ABCDEF",
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e",
        "x%00",
        "{made}/files/nope.png",
        "{made}/files/..%2ftrace.json",
        "{made}/files/../../index.json",
        "{made}/files/%2e%2e%2f%2e%2e%2findex.json",
        "{made}/steps/3",
        "{made}/steps/-1",
        "{made}/steps/one",
        "{made}/",
    ],
)
def test_what_is_not_there_is_a_problem_whatever_the_path(server: str, made: str, path: str) -> None:
    with httpx.Client() as client:
        # A raw path, as no client of good manners would send it.
        url = httpx.URL(server).copy_with(raw_path=f"/api/traces/{path.format(made=made)}".encode())
        answer = client.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_stopping_what_does_not_run_is_a_problem_that_tells_a_stored_trace_from_none(
    http: httpx.Client, made: str
) -> None:
    for trace_id, status in ((made, 409), ("0123456789abcdef", 404)):
        answer = http.delete(f"/api/traces/{trace_id}")
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert http.get(f"/api/traces/{made}").status_code == 200


def test_clients_that_ask_the_same_have_a_share_each(http: httpx.Client, busy: str) -> None:
    mine, theirs = (http.post("/api/traces", json=LONG).json() for _ in range(2))
    assert mine["id"] == theirs["id"] == busy
    assert mine["share"] != theirs["share"]
    for _ in range(2):
        assert http.delete(f"/api/traces/{busy}", params={"share": mine["share"]}).status_code == 204
    assert http.get(f"/api/traces/{busy}").status_code == 202


def test_a_client_without_a_share_does_not_stop_a_run_that_another_follows(http: httpx.Client) -> None:
    asked = http.post("/api/traces", json={**LONG, "seed": 11}).json()
    with http.stream("GET", f"/api/traces/{asked['id']}/events", params={"share": asked["share"]}) as stream:
        lines = stream.iter_lines()  # the stream closes with it
        next(lines)
        refused = http.delete(f"/api/traces/{asked['id']}")
        assert (refused.status_code, refused.json()["type"]) == (409, "/api/docs#run-shared")
        assert http.get(f"/api/traces/{asked['id']}").status_code == 202
        assert http.delete(f"/api/traces/{asked['id']}", params={"share": asked["share"]}).status_code == 204
    assert [event.name for event in read_events(http, asked["id"])][-1] == "cancelled"
