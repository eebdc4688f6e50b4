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
    return _read(http, f"/api/traces/{trace_id}/events", options)


def read_group_events(http: httpx.Client, noun: str, group_id: str, **options: Any) -> Iterator[Sent]:
    """The events of all members of a group, as they come."""
    return _read(http, f"/api/{noun}/{group_id}/events", options)


def read_topics(http: httpx.Client, *topics: str, **options: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The events of several runs and groups on one connection: id, name and content of each."""
    options["params"] = {"follow": topics}
    for fields in _fields(http, "/api/events", options):
        yield fields["id"], fields["event"], json.loads(fields["data"])


def _read(http: httpx.Client, path: str, options: dict[str, Any]) -> Iterator[Sent]:
    for fields in _fields(http, path, options):
        yield Sent(int(fields["id"]), fields["event"], json.loads(fields["data"]))


def _fields(http: httpx.Client, path: str, options: dict[str, Any]) -> Iterator[dict[str, str]]:
    with http.stream("GET", path, **options) as answer:
        answer.raise_for_status()
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if line:
                fields[name] = value
            elif "data" in fields:
                yield fields
                fields = {}
