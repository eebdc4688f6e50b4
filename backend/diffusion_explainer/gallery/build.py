"""Makes a gallery in shared batches: resumes where an earlier run stopped, and skips what fails."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from diffusion_explainer.errors import TraceNotFound
from diffusion_explainer.requests.batches import batches
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.traces.model_card import ModelCard
from diffusion_explainer.tracing.events import Event

from .index import Wire, index_of, joined, of_other_models, read_index, write_index
from .spec import Entry, GallerySpec

if TYPE_CHECKING:
    from diffusion_explainer.tracing.models import Model

OnEntryEvent: TypeAlias = Callable[[Entry, Event], None]
OnPrune: TypeAlias = Callable[[Sequence[Wire]], None]


@dataclass(frozen=True)
class Failure:
    """An entry that could not be generated, and why."""

    place: str
    reason: str


def precompute(
    spec: GallerySpec,
    model: Model,
    store: BundleStore,
    *,
    everything: bool = False,
    on_prune: OnPrune | None = None,
    on_event: OnEntryEvent = lambda entry, event: None,
) -> list[Failure]:
    """Generates the starter, or all of the spec, and returns what failed. Bundles that exist stay, and stay listed.

    `on_event(entry, event)` is called with every event. With `on_prune`, what this model drew for an earlier spec and
    this one does not name is deleted if nothing failed; `on_prune(listings)` is called before.
    """

    def draw(batches: Sequence[list[Entry]]) -> Iterator[Failure]:
        return (failure for batch in batches for failure in make(batch, model, store, on_event))

    return gather(spec, model.card, store, draw, everything=everything, on_prune=on_prune)


def gather(
    spec: GallerySpec,
    card: ModelCard,
    store: BundleStore,
    draw: Callable[[Sequence[list[Entry]]], Iterable[Failure]],
    *,
    everything: bool = False,
    on_prune: OnPrune | None = None,
) -> list[Failure]:
    """The same wherever the model runs: `draw` generates batches and yields what failed."""
    wanted = spec.entries if everything else spec.starter
    write_index(store, joined(_index(spec, wanted, card, store), read_index(store)))
    failures = list(draw(pending(wanted, store, card.fingerprint)))
    if on_prune and not failures and not spec.rejected:
        _prune(_index(spec, wanted, card, store), card, store, on_prune)
    return failures


def pending(wanted: Sequence[Entry], store: BundleStore, fingerprint: str) -> list[list[Entry]]:
    """The batches of which a bundle is missing.

    A batch always has the same members, generated or not: the last digits of a run depend on its batch, and a
    gallery that was interrupted must end up equal to one that was not. So the starter has its own batches.
    """
    entries = {entry.request: entry for entry in wanted}
    together = [
        [entries[request] for request in batch]
        for starter in (True, False)
        for batch in batches([entry.request for entry in wanted if entry.starter == starter])
    ]
    return [batch for batch in together if _missing(batch, store, fingerprint)]


def make(batch: Sequence[Entry], model: Model, store: BundleStore, on_event: OnEntryEvent) -> list[Failure]:
    """Generates a batch and stores its traces; if it fails, each alone, so that only those that fail are missing."""
    from diffusion_explainer.tracing.generate import generate_all

    try:
        traces = generate_all(
            model, [entry.request for entry in batch], lambda member, event: on_event(batch[member], event)
        )
    except Exception as error:  # one entry must not stop the others
        if len(batch) == 1:
            return [Failure(batch[0].place, f"{type(error).__name__}: {error}")]
        return [failure for entry in batch for failure in make([entry], model, store, on_event)]
    for trace in traces:
        store.save(trace)
    return []


def _missing(batch: Sequence[Entry], store: BundleStore, fingerprint: str) -> bool:
    return not all(store.has(entry.request.id_for(fingerprint)) for entry in batch)


def _index(spec: GallerySpec, wanted: Sequence[Entry], card: ModelCard, store: BundleStore) -> Wire:
    """The index of the spec's entries that exist or are about to."""
    chosen, there = set(wanted), set(store.ids())
    listed = [e for e in spec.entries if e in chosen or e.request.id_for(card.fingerprint) in there]
    return index_of(spec, listed, card)


def _prune(index: Wire, card: ModelCard, store: BundleStore, on_prune: OnPrune) -> None:
    """Deletes what the model drew and the spec does not name; what the index does not list stays."""
    earlier = read_index(store)
    kept = joined(index, of_other_models(earlier, card.fingerprint))
    going = set(store.ids()) - {listing["id"] for listing in kept["traces"]}
    dropped = [listing for listing in earlier["traces"] if listing["id"] in going]
    on_prune(dropped)
    write_index(store, kept)
    for listing in dropped:
        with contextlib.suppress(TraceNotFound):
            store.delete(listing["id"])
