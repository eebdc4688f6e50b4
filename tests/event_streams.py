"""Reads server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx


class Sent(NamedTuple):
    number: int
    name: str
    content: dict[str, Any]


def read_events(http: httpx.Client, trace_id: str, **options: Any) -> Iterator[Sent]:
    """The events of a job, as they come. `options` go to the request."""
    with http.stream("GET", f"/api/traces/{trace_id}/events", **options) as answer:
        answer.raise_for_status()
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "data" in fields:
                yield Sent(int(fields["id"]), fields["event"], json.loads(fields["data"]))
                fields = {}
