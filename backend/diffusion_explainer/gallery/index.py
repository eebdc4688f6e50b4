"""The precomputed traces, by the index of what is there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from diffusion_explainer.errors import BundleDamaged
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
        """What is there: traces whose bundle is missing are left out, and pairs that need them.

        Raises BundleDamaged for an index that cannot be read, and StorageError.
        """
        wire, stored = read_index(self.store), set(self.store.ids())
        there = {listing["id"] for listing in wire["traces"]} & stored
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
    """index.json as it is stored; an empty one where there is none. Raises BundleDamaged for what is no index."""
    try:
        wire: Wire = json.loads(store.read_beside(INDEX))
        ids = [listing["id"] for listing in wire["traces"]] + [pair[side] for pair in wire["pairs"] for side in "ab"]
        if not all(isinstance(each, str) for each in (*ids, *wire["examples"])):
            raise TypeError("an id or an example that is no text")
        return wire
    except FileNotFoundError:
        return {"traces": [], "pairs": [], "examples": []}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BundleDamaged(
            f"The gallery's {INDEX} cannot be read ({type(error).__name__}); move it away, and precompute lists anew "
            "what is there."
        ) from error


def write_index(store: BundleStore, index: Wire) -> None:
    """Writes index.json: what GET /api/gallery answers of those that are there."""
    store.write_beside(INDEX, f"{json.dumps(index, ensure_ascii=False, indent=1)}\n".encode())


def index_of(spec: GallerySpec, entries: Sequence[Entry], model: ModelCard) -> Wire:
    """An index of these entries of a spec."""
    return {
        "traces": [_listing(entry, model) for entry in entries],
        "pairs": [
            {"title": pair.title, "a": pair.a.id_for(model.fingerprint), "b": pair.b.id_for(model.fingerprint)}
            for pair in spec.pairs
        ],
        "examples": spec.examples,
    }


def joined(index: Wire, earlier: Wire) -> Wire:
    """An index, and behind it what only the earlier one has."""
    ids = {listing["id"] for listing in index["traces"]}
    pairs = {(pair["a"], pair["b"]) for pair in index["pairs"]}
    return {
        "traces": [*index["traces"], *(listing for listing in earlier["traces"] if listing["id"] not in ids)],
        "pairs": [*index["pairs"], *(pair for pair in earlier["pairs"] if (pair["a"], pair["b"]) not in pairs)],
        "examples": list(dict.fromkeys([*index["examples"], *earlier["examples"]])),
    }


def of_other_models(index: Wire, fingerprint: str) -> Wire:
    """The part of an index that the model with that fingerprint has not drawn, or that says no model."""
    listings = [listing for listing in index["traces"] if listing.get("fingerprint") != fingerprint]
    ids = {listing["id"] for listing in listings}
    return {
        "traces": listings,
        "pairs": [pair for pair in index["pairs"] if {pair["a"], pair["b"]} <= ids],
        "examples": [],
    }


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
