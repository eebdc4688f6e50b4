"""Requests that cannot be used: each is a problem that names field and value, and the server goes on."""

import json
import math
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diffusion_explainer.requests.request import TraceRequest

PROMPT = "a rabbit"
PROBLEM = "application/problem+json"


def ask(http: httpx.Client, content: str | bytes | Iterator[bytes]) -> httpx.Response:
    return http.post("/api/traces", content=content, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("fields", "field", "message", "suggestion"),
    [
        ({"prompt": ""}, "prompt", "must not be empty", "a cute rabbit in space, pixel art"),
        ({"prompt": " \n"}, "prompt", "must not be empty", "a cute rabbit in space, pixel art"),
        ({"prompt": "x" * 10_000}, "prompt", "must be at most 1000 characters; it has 10000", "x" * 1000),
        ({"prompt": 5}, "prompt", "must be text", "a cute rabbit in space, pixel art"),
        ({"negative_prompt": None}, "negative_prompt", "must be text", ""),
        ({"steps": 0}, "steps", "must be 1 to 150", 1),
        ({"steps": 1000}, "steps", "must be 1 to 150", 150),
        ({"steps": 2.5}, "steps", "must be a whole number, 1 to 150", 25),
        ({"steps": "many"}, "steps", "must be a whole number, 1 to 150", 25),
        ({"seed": -1}, "seed", "must be 0 to 4294967295", 0),
        ({"seed": 2**32}, "seed", "must be 0 to 4294967295", 2**32 - 1),
        ({"guidance_scale": math.nan}, "guidance_scale", "must be a number, 0 to 50", 7.0),
        ({"guidance_scale": math.inf}, "guidance_scale", "must be a number, 0 to 50", 7.0),
        ({"guidance_scale": 50.5}, "guidance_scale", "must be 0 to 50", 50),
        ({"scheduler": "DIMM"}, "scheduler", "must be one of ddim, pndm, lms", "ddim"),
        ({"guidance": 7}, "guidance", "is not a field", "guidance_scale"),
    ],
)
def test_a_bad_field_is_named_with_what_would_do(
    http: httpx.Client, fields: dict[str, Any], field: str, message: str, suggestion: Any
) -> None:
    answer = ask(http, json.dumps({"prompt": PROMPT, **fields}))
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["message"].startswith(message)
    assert error["suggestion"] == suggestion
    label = TraceRequest.model_json_schema()["properties"].get(field, {}).get("title", field)
    assert answer.json()["detail"].startswith(f"{label} ")


def test_every_bad_field_is_named_at_once(http: httpx.Client) -> None:
    answer = ask(http, json.dumps({"steps": 0, "seed": -1}))
    assert {error["field"] for error in answer.json()["errors"]} == {"prompt", "steps", "seed"}


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("", None),
        ("nonsense", "nonsense"),
        ("[]", "[]"),
        ("null", None),
        ('"text"', "text"),
        ("{", "{"),
        ("[" * 30_000, "[" * 100 + "…"),
        (b'{"prompt": "\xff\xfe"}', '{"prompt": "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"}'),
        (f'{{"seed": {"9" * 5000}}}', '{"seed": ' + "9" * 91 + "…"),
    ],
)
def test_a_body_that_is_no_json_object_is_a_problem_that_shows_how_it_begins(
    http: httpx.Client, content: str | bytes, value: Any
) -> None:
    answer = ask(http, content)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"]) == ("body", value)


@pytest.mark.parametrize("content", ['{"prompt": "\\ud800"}', '{"prompt": NaN}'])
def test_a_prompt_that_is_no_text_is_a_problem_of_the_prompt(http: httpx.Client, content: str | bytes) -> None:
    answer = ask(http, content)
    assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert [error["field"] for error in answer.json()["errors"]] == ["prompt"]


def test_a_body_that_is_not_called_json_is_a_problem(http: httpx.Client) -> None:
    answer = http.post("/api/traces", content=json.dumps({"prompt": PROMPT}), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422


def test_a_body_of_megabytes_is_not_read(http: httpx.Client) -> None:
    def unannounced() -> Iterator[bytes]:
        yield b" " * 2**20

    for content in (b" " * 2**20, unannounced()):
        answer = ask(http, content)
        assert (answer.status_code, answer.headers["content-type"]) == (413, PROBLEM)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("PUT", "/api/traces", "POST"), ("POST", "/api/model", "GET"), ("GET", "/api/traces", "POST")],
)
def test_a_method_that_a_path_has_not_is_a_problem_that_says_which_it_has(
    http: httpx.Client, method: str, path: str, allowed: str
) -> None:
    answer = http.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (405, PROBLEM)
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize("path", ["/nope", "/api", "/api/", "/api/nope", "/api/models", "/..%2f..%2fetc/passwd"])
def test_a_path_that_is_not_there_is_a_problem(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


numbers = st.one_of(st.integers(-2, 200), st.sampled_from([2**32 - 1, 2**32, 2**63, 2**64]), st.floats())
values = st.one_of(numbers, st.text(max_size=5), st.booleans(), st.none(), st.lists(st.integers(), max_size=2))


@settings(max_examples=80, deadline=None)
@given(
    fields=st.fixed_dictionaries(
        {"prompt": st.one_of(st.text(max_size=3), st.sampled_from(["x" * 1000, "x" * 1001]), values)},
        optional=dict.fromkeys(("negative_prompt", "seed", "guidance_scale", "steps", "scheduler", "x"), values),
    )
)
def test_whatever_is_sent_the_model_of_a_request_decides_and_the_answer_is_readable(
    http: httpx.Client, fields: dict[str, Any]
) -> None:
    content = json.dumps({**fields, "steps": fields.get("steps", 0)})  # 0: nothing has to be drawn
    answer = ask(http, content)
    if answer.status_code == 422:
        assert answer.json()["errors"]
        assert "NaN" not in answer.text.replace('"NaN"', "")
    else:
        assert answer.status_code in (200, 202, 429)
        TraceRequest(**json.loads(content))
        http.delete(f"/api/traces/{answer.json().get('id')}")


def test_after_all_that_the_server_still_answers(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok", "model": "ready"}
