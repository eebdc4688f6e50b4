"""Lines of the log."""

from __future__ import annotations

import json
import logging
import sys

from diffusion_explainer.server.logs import Lines
from diffusion_explainer.server.request_id import request_id

PROMPT = "a prompt that nobody else should read"


def failed() -> logging.LogRecord:
    """What is logged when a run fails on its prompt."""
    try:
        raise ValueError(PROMPT)
    except ValueError:
        return logging.LogRecord("engine", logging.ERROR, __file__, 1, "Job %s failed.", ("ab12",), sys.exc_info())


def test_an_error_is_one_line_with_its_type_and_without_stack_trace_or_prompt() -> None:
    line = Lines().format(failed())
    assert line.endswith("error engine: Job ab12 failed. error=ValueError")
    assert PROMPT not in line
    assert "\n" not in line


def test_stack_traces_come_when_asked_for() -> None:
    assert f"ValueError: {PROMPT}" in Lines(traces=True).format(failed())
    assert PROMPT in json.loads(Lines(as_json=True, traces=True).format(failed()))["trace"]


def test_a_line_of_json_has_the_id_of_its_request() -> None:
    token = request_id.set("77")
    told = json.loads(Lines(as_json=True).format(failed()))
    request_id.reset(token)
    assert told.pop("time")
    assert told == {
        "level": "error",
        "logger": "engine",
        "message": "Job ab12 failed.",
        "request_id": "77",
        "error": "ValueError",
    }
