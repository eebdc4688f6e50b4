"""The one stream of a page, which follows many runs and groups."""

from typing import Any

import httpx
import pytest

from event_streams import read_events, read_group_events, read_topics

REQUEST: dict[str, Any] = {"prompt": "a whale at night", "seed": 8, "steps": 3}
LONG: dict[str, Any] = {**REQUEST, "steps": 150}
GRID: dict[str, Any] = {
    "request": REQUEST,
    "rows": {"setting": "seed", "values": [1, 2]},
    "columns": {"setting": "guidance_scale", "values": [2]},
}


@pytest.fixture(scope="module")
def followed(http: httpx.Client) -> tuple[str, str, list[tuple[str, str, dict[str, Any]]]]:
    """The topics of a run and of a grid, and all that their stream sent."""
    trace, grid = http.post("/api/traces", json=REQUEST).json(), http.post("/api/grids", json=GRID).json()
    topics = f"traces/{trace['id']}", f"grids/{grid['id']}"
    events = read_topics(http, f"{topics[0]},share={trace['share']}", f"{topics[1]},share={grid['share']},arrays=false")
    return (*topics, list(events))


def test_one_stream_has_the_events_of_a_run_and_a_group_in_their_own_order(http: httpx.Client, followed: Any) -> None:
    trace, grid, events = followed
    own = [(content["number"], name, content["event"]) for _, name, content in events if content["topic"] == trace]
    assert [name for _, name, _ in own] == ["queued", "tokens", "text", "step", "step", "step", "decoded", "done"]
    assert own == [tuple(sent) for sent in read_events(http, trace.removeprefix("traces/"))]
    of_grid = [(name, content) for _, name, content in events if content["topic"] == grid]
    assert of_grid[-1][0] == "ended"
    assert of_grid[-1][1]["event"] == {"status": "done"}
    assert sum(name == "step" for name, _ in of_grid) == 6
    assert [content["number"] for _, content in of_grid] == list(range(len(of_grid)))


def test_each_topic_says_whether_it_wants_tensors(followed: Any) -> None:
    trace, grid, events = followed
    with_tensors = {
        content["topic"] for _, _, content in events if {"arrays", "text_embedding"} & content["event"].keys()
    }
    assert with_tensors == {trace}
    assert all(
        "latent" not in content["event"].get("start", {}) for _, _, content in events if content["topic"] == grid
    )


def test_a_lost_stream_resumes_every_topic_where_it_was(http: httpx.Client, followed: Any) -> None:
    trace, grid, events = followed
    last, rest = events[7][0], events[8:]
    resumed = list(read_topics(http, trace, f"{grid},arrays=false", headers={"Last-Event-ID": last}))
    for topic in (trace, grid):
        expected = [content for _, _, content in rest if content["topic"] == topic]
        assert [content for _, _, content in resumed if content["topic"] == topic] == expected
    number = events[-1][2]["number"] - 1
    ((_, name, content),) = read_topics(http, f"{grid},after={number}")
    assert (name, content["number"]) == ("ended", number + 1)


def test_a_topic_that_nobody_knows_is_missing_and_leaves_the_others(http: httpx.Client, followed: Any) -> None:
    trace, _, _ = followed
    nothing = ("traces/0123456789abcdef", "grids/0123456789abcdef")
    events = list(read_topics(http, *nothing, trace))
    missing = {content["topic"]: content["event"]["status"] for _, name, content in events if name == "missing"}
    assert missing == dict.fromkeys(nothing, 404)
    assert [content["topic"] for _, name, content in events if name == "done"] == [trace]


def test_a_stream_holds_the_share_that_it_names_and_no_other(http: httpx.Client) -> None:
    mine, theirs = (
        http.post("/api/comparisons", json={"requests": [LONG, {**LONG, "prompt": "a fox"}]}).json() for _ in "ab"
    )
    topic = f"comparisons/{mine['id']}"
    stream = read_topics(http, f"{topic},share={mine['share']}")
    next(stream)
    assert http.delete(f"/api/{topic}", params={"share": theirs["share"]}).status_code == 204
    assert http.get(f"/api/{topic}").json()["status"] == "running"
    assert http.delete(f"/api/{topic}", params={"share": mine["share"]}).status_code == 204
    assert list(stream)[-1][1] == "ended"
    *_, last = read_group_events(http, "comparisons", mine["id"])
    assert last.content == {"status": "cancelled"}


@pytest.mark.parametrize(
    "topic", ["", "traces", "traces/", "nouns/1", "traces/a,after=-1", "traces/a,share=", "x" * 999]
)
def test_a_topic_that_cannot_be_read_is_named(http: httpx.Client, topic: str) -> None:
    answer = http.get("/api/events", params={"follow": topic})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["field"].startswith("follow")


def test_a_stream_of_nothing_or_of_too_much_is_a_problem(http: httpx.Client) -> None:
    assert http.get("/api/events").status_code == 422
    assert http.get("/api/events", params={"follow": ["traces/a"] * 65}).status_code == 422
