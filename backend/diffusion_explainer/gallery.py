"""The precomputed traces: the list of what to make, making it, and the index of what is there.

The list is YAML:

    settings: {guidance_scale: 7.0, steps: 25}      # of every trace that does not say otherwise
    traces:
      rabbit-pixel:                                 # a name, for the pairs below
        title: A rabbit in space
        prompt: a cute rabbit in space, pixel art
    pairs:
      - {title: pixel art or ink, a: rabbit-pixel, b: rabbit-ink}
    examples: [a cute rabbit in space, pixel art]   # prompts to offer to someone who types their own
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from .bundle import BundleStore
from .errors import InvalidRequest
from .request import TraceRequest

if TYPE_CHECKING:
    from .events import Event
    from .models import Model

INDEX = "index.json"

Wire = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """One trace of the list."""

    name: str
    title: str
    request: TraceRequest


@dataclass(frozen=True)
class Pair:
    """Two entries, by name, that differ by a keyword."""

    title: str
    a: str
    b: str


@dataclass(frozen=True)
class GalleryList:
    """What a gallery holds."""

    entries: tuple[Entry, ...]
    pairs: tuple[Pair, ...] = ()
    examples: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> GalleryList:
        """Raises InvalidRequest naming the entry and the field that cannot be used."""
        wire = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(wire, dict) or not isinstance(wire.get("traces"), dict):
            raise InvalidRequest("traces", str(path), "must be a mapping of names to traces")
        settings = wire.get("settings", {})
        entries = tuple(_entry(name, settings, fields) for name, fields in wire["traces"].items())
        pairs = tuple(Pair(**fields) for fields in wire.get("pairs", []))
        _check_names(pairs, {entry.name for entry in entries})
        return cls(entries, pairs, tuple(wire.get("examples", [])))

    def index(self, fingerprint: str, model: str) -> Wire:
        """index.json, and what GET /api/gallery answers."""
        ids = {entry.name: entry.request.id_for(fingerprint) for entry in self.entries}
        return {
            "traces": [_listing(ids[entry.name], entry, model) for entry in self.entries],
            "pairs": [{"title": pair.title, "a": ids[pair.a], "b": ids[pair.b]} for pair in self.pairs],
            "examples": list(self.examples),
        }


class Gallery:
    """A folder of bundles with its index; an empty one where there is none yet."""

    def __init__(self, url: str) -> None:
        self.store = BundleStore(url)

    def index(self) -> Wire:
        """What is there: traces whose bundle is missing are left out, and pairs that need them."""
        wire = self._read()
        there = {listing["id"] for listing in wire["traces"] if self.store.has(listing["id"])}
        return {
            **wire,
            "traces": [listing for listing in wire["traces"] if listing["id"] in there],
            "pairs": [pair for pair in wire["pairs"] if {pair["a"], pair["b"]} <= there],
        }

    def find(self, request: TraceRequest) -> str | None:
        """The id of the trace that this request made; None if it is not here."""
        wanted = request.model_dump()
        return next((listing["id"] for listing in self.index()["traces"] if listing["request"] == wanted), None)

    def _read(self) -> Wire:
        try:
            wire: Wire = json.loads(self.store.filesystem.cat_file(f"{self.store.root}/{INDEX}"))
        except FileNotFoundError:
            wire = {"traces": [], "pairs": [], "examples": []}
        return wire


def precompute(
    contents: GalleryList,
    model: Model,
    store: BundleStore,
    report: Callable[[Entry, Event | None], None] = lambda entry, event: None,
) -> None:
    """Makes the bundles that are not there yet, drops those the list does not name, and writes the index.

    `report` is called with each event of each entry, and with None when an entry is complete.
    """
    from .generate import generate

    for entry in contents.entries:
        if not store.has(entry.request.id_for(model.card.fingerprint)):
            store.save(generate(model, entry.request, lambda event, entry=entry: report(entry, event)))  # type: ignore[misc]
        report(entry, None)
    index = contents.index(model.card.fingerprint, model.card.name)
    for trace_id in set(store.ids()) - {listing["id"] for listing in index["traces"]}:
        store.delete(trace_id)
    text = json.dumps(index, ensure_ascii=False, indent=1)
    store.filesystem.pipe_file(f"{store.root}/{INDEX}", f"{text}\n".encode())


def _entry(name: str, settings: Wire, fields: Wire) -> Entry:
    wire = {**settings, **fields}
    title = wire.pop("title", wire.get("prompt", name))
    try:
        return Entry(name, title, TraceRequest.checked(**wire))
    except InvalidRequest as error:
        raise InvalidRequest(f"{name}: {error.field}", error.value, error.message, error.suggestion) from error


def _check_names(pairs: tuple[Pair, ...], names: set[str]) -> None:
    for pair in pairs:
        for name in (pair.a, pair.b):
            if name not in names:
                raise InvalidRequest(f"pair {pair.title!r}", name, f"must name one of {', '.join(sorted(names))}")


def _listing(trace_id: str, entry: Entry, model: str) -> Wire:
    return {
        "id": trace_id,
        "title": entry.title,
        "model": model,
        "request": entry.request.model_dump(),
        "url": f"api/traces/{trace_id}",
    }
