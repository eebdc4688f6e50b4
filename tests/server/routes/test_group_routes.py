"""Comparisons, leave-one-outs, grids and branches over HTTP."""

import io
import json
import re
from typing import Any, TypeAlias

import httpx
import numpy as np
import pytest
from PIL import Image

from event_streams import Sent, read_events, read_group_events

SPACE: dict[str, Any] = {"prompt": "a rabbit in space", "seed": 3, "steps": 3}
FOREST = {**SPACE, "prompt": "a rabbit in a forest"}
LONG = {"prompt": "a whale underwater, cartoon", "steps": 150}


Reported: TypeAlias = tuple[dict[str, Any], list[Sent]]


def finished(http: httpx.Client, noun: str, body: dict[str, Any], **options: Any) -> Reported:
    """The group, and all its events."""
    answer = http.post(f"/api/{noun}", json=body)
    assert answer.status_code in (200, 202), answer.text
    return answer.json(), list(read_group_events(http, noun, answer.json()["id"], **options))


@pytest.fixture(scope="module")
def comparison(http: httpx.Client) -> Reported:
    return finished(http, "comparisons", {"requests": [SPACE, FOREST]})


def test_a_comparison_streams_what_both_report(comparison: Reported) -> None:
    group, events = comparison
    for member in group["members"]:
        own = [event.name for event in events if event.content.get("id") == member["id"]]
        assert own == ["queued", "tokens", "text", "step", "step", "step", "decoded", "done"]
    assert (events[-1].name, events[-1].content) == ("ended", {"status": "done"})
    assert [event.number for event in events] == list(range(len(events)))


def test_members_report_for_themselves_too(http: httpx.Client, comparison: Reported) -> None:
    group, events = comparison
    for member in group["members"]:
        own = [event.content["event"] for event in events if event.content.get("id") == member["id"]]
        assert [event.content for event in read_events(http, member["id"])][-1] == own[-1]


def test_a_reader_of_a_group_comes_back_to_where_it_was(http: httpx.Client, comparison: Reported) -> None:
    group, events = comparison
    assert list(read_group_events(http, "comparisons", group["id"], params={"after": 6})) == events[7:]


def test_a_comparison_says_what_differs_and_how_far(http: httpx.Client, comparison: Reported) -> None:
    group, _ = comparison
    answer = http.get(f"/api/comparisons/{group['id']}")
    assert answer.status_code == 200
    (difference,) = answer.json()["differences"]
    assert difference["settings"] == ["prompt"]
    assert difference["latent_distance"][0] == 0
    assert len(difference["latent_distance"]) == len(difference["noise_distance"]) + 1 == 4
    changed = [change for change in difference["tokens"] if change["kind"] != "equal"]
    assert [[token["text"] for token in change["b"]] for change in changed] == [["a", "forest"]]


def test_a_comparison_of_stored_runs_needs_no_asking(http: httpx.Client, comparison: Reported) -> None:
    a, b = (member["id"] for member in comparison[0]["members"])
    assert http.get(f"/api/comparisons/{b}-{a}").json()["differences"][0]["a"] == b


def test_a_comparison_is_taken_away_as_a_report(http: httpx.Client, comparison: Reported) -> None:
    group, _ = comparison
    answer = http.get(f"/api/comparisons/{group['id']}/report")
    assert answer.headers["content-type"].startswith("text/html")
    assert f"comparison-{group['id']}.html" in answer.headers["content-disposition"]
    assert all(request["prompt"] in re.sub("<.*?>", "", answer.text) for request in (SPACE, FOREST))
    assert http.get(f"/api/comparisons/{group['id'].split('-')[0]}/report").status_code == 404


def test_a_prompt_compared_with_itself_differs_nowhere(http: httpx.Client) -> None:
    group, _ = finished(http, "comparisons", {"requests": [SPACE, SPACE]})
    assert group["members"][0]["id"] == group["members"][1]["id"]
    (difference,) = http.get(f"/api/comparisons/{group['id']}").json()["differences"]
    assert not any(difference["latent_distance"] + difference["noise_distance"])
    assert difference["half_step"] is None


def test_what_is_stored_is_done_at_once(http: httpx.Client, comparison: Reported) -> None:
    answer = http.post("/api/comparisons", json={"requests": [SPACE, FOREST]})
    assert (answer.status_code, answer.json()["status"]) == (200, "done")
    assert {member["status"] for member in answer.json()["members"]} == {"done"}


def test_leaving_each_word_out_says_how_far_it_moved_the_picture_and_where(http: httpx.Client) -> None:
    group, events = finished(http, "leave-one-outs", SPACE, params={"arrays": False})
    assert [member["word"] for member in group["members"]] == [None, "a", "rabbit", "in", "space"]
    assert not [event for event in events if {"arrays", "text_embedding"} & event.content.get("event", {}).keys()]
    found = http.get(f"/api/leave-one-outs/{group['id']}").json()["members"]
    assert all(member["distance"] > 0 for member in found[1:])
    assert np.shape(found[1]["difference_map"]) == (16, 16)
    assert SPACE["prompt"][found[2]["start"] : found[2]["end"]] == "rabbit"


GRID: dict[str, Any] = {
    "request": SPACE,
    "rows": {"setting": "seed", "values": [1, 2]},
    "columns": {"setting": "guidance_scale", "values": [0, 7, 20]},
}


def test_a_grid_is_a_run_for_each_combination_and_one_picture_of_all(http: httpx.Client) -> None:
    group, events = finished(http, "grids", GRID, params={"arrays": False})
    assert [(member["row"], member["column"]) for member in group["members"]] == [
        (row, column) for row in range(2) for column in range(3)
    ]
    assert group["members"][4]["request"]["guidance_scale"] == 7
    assert sum(event.name == "decoded" for event in events) == 6
    sheet = Image.open(io.BytesIO(http.get(f"/api/grids/{group['id']}/picture").content))
    assert sheet.width > 4 * 128
    assert sheet.height > 2 * 128


def test_a_grid_has_no_picture_before_it_is_done(http: httpx.Client) -> None:
    body = {**GRID, "request": LONG}
    group = http.post("/api/grids", json=body).json()
    assert http.get(f"/api/grids/{group['id']}/picture").status_code == 404
    assert http.delete(f"/api/grids/{group['id']}").status_code == 204
    events = list(read_group_events(http, "grids", group["id"]))
    assert events[-1].content == {"status": "cancelled"}
    assert {e.name for e in events if e.name in ("done", "failed", "cancelled")} == {"cancelled"}
    assert http.get(f"/api/grids/{group['id']}").json()["status"] == "cancelled"


def test_stopping_one_member_leaves_the_others(http: httpx.Client) -> None:
    requests = [{**LONG, "steps": 12, "guidance_scale": scale} for scale in (2, 3)]
    group = http.post("/api/comparisons", json={"requests": requests}).json()
    stopped, other = (member["id"] for member in group["members"])
    assert http.delete(f"/api/traces/{stopped}").status_code == 204
    assert [event.name for event in read_events(http, other)][-1] == "done"
    *_, last = read_group_events(http, "comparisons", group["id"])
    assert last.content == {"status": "cancelled"}
    assert http.get(f"/api/comparisons/{group['id']}").json()["status"] == "cancelled"


@pytest.fixture(scope="module")
def branch(http: httpx.Client, comparison: Reported) -> httpx.Response:
    original = comparison[0]["members"][0]["id"]
    body = {"trace": original, "step": 2, "prompt": "a castle", "guidance_scale": 3}
    answer = http.post("/api/branches", json=body)
    assert [event.name for event in read_events(http, answer.json()["id"])][-1] == "done"
    return answer


def test_a_branch_is_a_trace_whose_request_says_where_it_branched(
    http: httpx.Client, comparison: Reported, branch: httpx.Response
) -> None:
    made = http.get(branch.headers["location"]).json()
    assert made["request"] == branch.json()["request"]
    earlier = {"step": 2, "prompt": "a rabbit in space", "negative_prompt": "", "guidance_scale": 7}
    assert made["request"]["branched_from"] == [earlier]
    assert [origin["id"] for origin in made["origins"]] == [branch.json()["original"]]
    again = http.post("/api/traces", json=made["request"])
    assert (again.status_code, again.json()["id"]) == (200, made["id"])


def test_a_branch_is_compared_with_its_original(http: httpx.Client, branch: httpx.Response) -> None:
    ids = f"{branch.json()['original']}-{branch.json()['id']}"
    (difference,) = http.get(f"/api/comparisons/{ids}").json()["differences"]
    assert difference["settings"] == ["prompt", "guidance_scale", "branched_from"]
    np.testing.assert_allclose(difference["latent_distance"][:3], 0, atol=1e-4)
    assert difference["latent_distance"][3] > 1e-3


def test_a_branch_at_the_start_is_a_fresh_run(http: httpx.Client, comparison: Reported) -> None:
    a, b = (member["id"] for member in comparison[0]["members"])
    answer = http.post("/api/branches", json={"trace": a, "step": 0, "prompt": FOREST["prompt"]})
    assert (answer.status_code, answer.json()["id"]) == (200, b)


@pytest.mark.parametrize(
    ("noun", "body", "field", "message"),
    [
        ("comparisons", {"requests": [SPACE]}, "requests", "must have 2 to 4 entries; it has 1"),
        ("comparisons", {"requests": [SPACE, {**SPACE, "seed": 4}]}, "seed", "must be 3, as in the first run"),
        ("comparisons", {"requests": [SPACE, {**SPACE, "steps": 0}]}, "requests.1.steps", "must be 1 to 150"),
        ("comparisons", {}, "requests", "must be given"),
        ("comparisons", {"a": 1, "requests": [SPACE, SPACE]}, "a", "is not a field; the fields are requests"),
        ("leave-one-outs", {"prompt": "rabbit"}, "prompt", "must have 2 to 63 words"),
        ("grids", {**GRID, "columns": GRID["rows"]}, "columns", "must be another setting"),
        ("grids", {**GRID, "rows": {"setting": "seed", "values": [-1]}}, "seed", "must be 0 to 4294967295"),
        ("grids", {**GRID, "rows": {"setting": "colour", "values": [1]}}, "rows.setting", "must be one of prompt"),
        ("grids", {**GRID, "rows": {"setting": "seed", "values": []}}, "rows.values", "must have 1 to 64 entries"),
        ("branches", {"trace": "{a}", "step": 9}, "step", "must be 0 to 3, the steps of the trace"),
        ("branches", {"trace": "{a}", "step": 1, "guidance_scale": 99}, "guidance_scale", "must be 0 to 50"),
        ("branches", {"trace": "{a}", "step": 1, "seed": 99}, "seed", "is not a field"),
        ("branches", {"trace": "{a}"}, "step", "must be given"),
    ],
)
def test_what_cannot_be_drawn_together_is_named(
    http: httpx.Client,
    comparison: Reported,
    noun: str,
    body: dict[str, Any],
    field: str,
    message: str,
) -> None:
    text = json.dumps(body).replace("{a}", comparison[0]["members"][0]["id"])
    answer = http.post(f"/api/{noun}", content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["message"][: len(message)]) == (field, message)


@pytest.mark.parametrize("path", ["leave-one-outs/{}", "grids/{}", "grids/{}/picture", "leave-one-outs/{}/events"])
def test_the_id_of_one_noun_is_unknown_to_the_others(http: httpx.Client, comparison: Reported, path: str) -> None:
    assert http.get(f"/api/{path.format(comparison[0]['id'])}").status_code == 404


def test_a_group_that_nobody_asked_for_is_not_there(http: httpx.Client) -> None:
    for path in ("grids/0123456789abcdef", "grids/0123456789abcdef/events", "leave-one-outs/x", "comparisons/a-b"):
        assert http.get(f"/api/{path}").status_code == 404
    assert http.post("/api/branches", json={"trace": "0123456789abcdef", "step": 0}).status_code == 404
