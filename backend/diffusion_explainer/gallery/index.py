"""The precomputed traces, by the index of what is there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.traces.model_card import ModelCard

from .spec import Entry, GallerySpec

INDEX = "index.json"

Wire = dict[str, Any]


class Gallery:
    """A folder of bundles with its index; an empty one where there is none yet."""

    def __init__(self, url: str) -> None:
        self.store = BundleStore(url)

    def index(self) -> Wire:
        """What is there: traces whose bundle is missing are left out, and pairs that need them."""
        wire = read_index(self.store)
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


def read_index(store: BundleStore) -> Wire:
    """index.json as it is stored; an empty one where there is none."""
    try:
        wire: Wire = json.loads(store.filesystem.cat_file(f"{store.root}/{INDEX}"))
    except FileNotFoundError:
        wire = {"traces": [], "pairs": [], "examples": []}
    return wire


def write_index(store: BundleStore, spec: GallerySpec, entries: Sequence[Entry], model: ModelCard) -> None:
    """Writes index.json, which lists these entries: what GET /api/gallery answers of those that are there."""
    wire = {
        "traces": [_listing(entry, model) for entry in entries],
        "pairs": [
            {"title": pair.title, "a": pair.a.id_for(model.fingerprint), "b": pair.b.id_for(model.fingerprint)}
            for pair in spec.pairs
        ],
        "examples": spec.examples,
    }
    text = json.dumps(wire, ensure_ascii=False, indent=1)
    store.filesystem.makedirs(store.root, exist_ok=True)
    store.filesystem.pipe_file(f"{store.root}/{INDEX}", f"{text}\n".encode())


def _listing(entry: Entry, model: ModelCard) -> Wire:
    trace_id = entry.request.id_for(model.fingerprint)
    return {
        "id": trace_id,
        "title": entry.title,
        "model": model.name,
        "fingerprint": model.fingerprint,
        "request": entry.request.model_dump(),
        "url": f"api/traces/{trace_id}",
    }
