"""All traces as one: those of the store, which is bounded, and the gallery's, which are only read."""

from __future__ import annotations

import contextlib
import heapq
import logging
import math
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from diffusion_explainer.errors import BundleDamaged, StorageError, TraceNotFound
from diffusion_explainer.traces.trace import Trace

from .bundle_format import Document
from .bundle_store import BundleStore

logger = logging.getLogger(__name__)

_LISTED_AGAIN = 60.0  # seconds, or so many times what it takes: other servers write into the store, too

T = TypeVar("T")


class Library:
    """Finds a trace by id in the gallery or the store; keeps the `limit` of the store that were used last. Thread-safe.

    A damaged trace of the store is set aside when it is read, so that it can be generated again; one of the gallery,
    which stays as it is, is not looked for there any more.

    Calls `on_drop` for each trace that it drops. Raises StorageError where the storage cannot be read or written.
    """

    def __init__(
        self, store: BundleStore, gallery: BundleStore, limit: int, on_drop: Callable[[], None] = lambda: None
    ) -> None:
        self.store, self.gallery, self.limit, self._on_drop = store, gallery, limit, on_drop
        self._damaged: set[str] = set()  # of the gallery
        self._lock = threading.Lock()  # of what is below; nothing waits for the storage while it is held
        self._used: dict[str, float] = {}  # of the store: when each was written or read, in seconds since 1970
        self._newest = 0.0  # of those times
        self._listing = threading.Lock()  # held by the one that lists the store
        self._list_at = 0.0  # monotonic

    def has(self, trace_id: str) -> bool:
        """Whether the trace is stored, whole."""
        return (trace_id not in self._damaged and self.gallery.has(trace_id)) or self.store.has(trace_id)

    def open(self, trace_id: str) -> Trace:
        """The trace with its tensors. Raises TraceNotFound, BundleTooNew or BundleDamaged."""
        return self._reading(trace_id, lambda place: place.open(trace_id))

    def document(self, trace_id: str) -> Document:
        """trace.json of a trace, as this version writes it. Raises TraceNotFound, BundleTooNew or BundleDamaged."""
        return self._reading(trace_id, lambda place: place.document(trace_id))

    def read(self, trace_id: str, name: str) -> bytes:
        """One file of a trace. Raises TraceNotFound, FileNotInBundle, BundleTooNew or BundleDamaged."""
        return self._reading(trace_id, lambda place: place.read(trace_id, name))

    def save(self, trace: Trace) -> None:
        """Stores the trace, and drops those that are over the limit."""
        self.store.save(trace)
        self._admit(trace.id)

    def admit(self, trace_id: str) -> None:
        """Counts a trace that another process put into the store. Raises TraceNotFound."""
        if not self.store.has(trace_id):
            raise TraceNotFound(trace_id)
        self._admit(trace_id)

    def _reading(self, trace_id: str, read: Callable[[BundleStore], T]) -> T:
        if trace_id not in self._damaged:
            try:
                return read(self.gallery)
            except TraceNotFound:
                pass
            except BundleDamaged as error:
                logger.error("A trace of the gallery is damaged: %s", error)
                self._damaged.add(trace_id)
        try:
            found = read(self.store)
        except BundleDamaged:
            self._set_aside(trace_id)
            raise
        with self._lock:
            if trace_id in self._used:
                self._use(trace_id)
        return found

    def _set_aside(self, trace_id: str) -> None:
        try:
            self.store.set_aside(trace_id)
        except StorageError as error:
            logger.error("The damaged trace %s cannot be set aside: %s", trace_id, error)

    def _use(self, trace_id: str) -> None:
        """Later than all before, even where the clock was set back, or the store's is ahead: never the next to go."""
        self._newest = max(time.time(), math.nextafter(self._newest, math.inf))
        self._used[trace_id] = self._newest

    def _admit(self, trace_id: str) -> None:
        with self._lock:
            self._use(trace_id)
        if self._listing.acquire(blocking=False):  # else another thread is at it, and will drop what is too much
            try:
                self._list()
            finally:
                self._listing.release()
        with self._lock:
            self._use(trace_id)
            oldest = heapq.nsmallest(len(self._used) - self.limit, self._used, key=self._used.__getitem__)
            for each in oldest:
                del self._used[each]
        for each in oldest:
            with contextlib.suppress(TraceNotFound):  # another process removed it first
                self.store.delete(each)
                self._on_drop()

    def _list(self) -> None:
        """Takes in what other processes have written and removed, from time to time."""
        begun, started = time.monotonic(), max(time.time(), self._newest)
        if begun < self._list_at:
            return
        written = self.store.written()
        with self._lock:
            since = {each: used for each, used in self._used.items() if each in written or used >= started - 1}
            self._used = {**written, **since}
            self._newest = max(self._used.values(), default=0.0)
        self._list_at = time.monotonic() + _LISTED_AGAIN * max(1.0, time.monotonic() - begun)
