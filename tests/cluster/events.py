"""Asking for a trace, and what its job tells."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from diffusion_explainer.requests.request import TraceRequest


def ask(api: httpx.Client, request: TraceRequest) -> str:
    answer = api.post("/api/traces", content=request.model_dump_json(), headers={"content-type": "application/json"})
    assert answer.status_code in (200, 202), answer.text
    return str(answer.json()["id"])


def events(api: httpx.Client, trace_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, body) of every event of a job, as they come."""
    with api.stream("GET", f"/api/traces/{trace_id}/events") as stream:
        for line in stream.iter_lines():
            key, _, value = line.partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                yield name, json.loads(value)


def names(api: httpx.Client, trace_id: str) -> list[str]:
    return [name for name, body in events(api, trace_id) if name != "queued"]
