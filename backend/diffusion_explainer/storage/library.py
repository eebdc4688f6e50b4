"""All traces as one: those of the store, which is bounded, and the gallery's, which are only read."""

from __future__ import annotations

import contextlib
import threading

from diffusion_explainer.errors import TraceNotFound
from diffusion_explainer.traces.trace import Trace

from .bundle_format import INDEX, Document
from .bundle_store import BundleStore


class Library:
    """Finds a trace by id in the gallery or the store; keeps the newest `limit` of the store. Thread-safe.

    Raises OSError where the storage cannot be read or written.
    """

    def __init__(self, store: BundleStore, gallery: BundleStore, limit: int) -> None:
        self.store, self.gallery, self.limit = store, gallery, limit
        self._lock = threading.Lock()
        self._ages: dict[str, None] | None = None  # ids of the store, oldest first; listed when first needed

    def has(self, trace_id: str) -> bool:
        """Whether the trace is stored, whole."""
        return self.gallery.has(trace_id) or self.store.has(trace_id)

    def open(self, trace_id: str) -> Trace:
        """The trace with its tensors. Raises TraceNotFound, BundleTooNew or BundleDamaged."""
        return self._holder(trace_id).open(trace_id)

    def document(self, trace_id: str) -> Document:
        """trace.json of a trace, as this version writes it. Raises TraceNotFound, BundleTooNew or BundleDamaged."""
        return self._holder(trace_id).document(trace_id)

    def read(self, trace_id: str, name: str) -> bytes:
        """One file of a trace. Raises TraceNotFound or FileNotInBundle."""
        return self._holder(trace_id).read(trace_id, name)

    def save(self, trace: Trace) -> None:
        """Stores the trace, and drops the oldest ones that are over the limit."""
        self.store.save(trace)
        self.admit(trace.id)

    def admit(self, trace_id: str) -> None:
        """Counts a trace that another process put into the store. Raises TraceNotFound."""
        if not self.store.has(trace_id):
            raise TraceNotFound(trace_id)
        with self._lock:
            ages = self._listed()
            ages[trace_id] = None
            for oldest in list(ages)[: max(0, len(ages) - self.limit)]:
                del ages[oldest]
                self._drop(oldest)

    def _holder(self, trace_id: str) -> BundleStore:
        return self.gallery if self.gallery.has(trace_id) else self.store

    def _listed(self) -> dict[str, None]:
        if self._ages is None:
            self._ages = dict.fromkeys(sorted(self.store.ids(), key=self._written))
        return self._ages

    def _written(self, trace_id: str) -> float:
        files = self.store.filesystem
        return files.modified(f"{self.store.root}/{trace_id}/{INDEX}").timestamp()  # type: ignore[no-any-return]

    def _drop(self, trace_id: str) -> None:
        with contextlib.suppress(TraceNotFound, FileNotFoundError):  # another process removed it first
            self.store.delete(trace_id)
