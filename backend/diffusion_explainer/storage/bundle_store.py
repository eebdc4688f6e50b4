"""Traces on disk or object storage: the one reader and writer.

A bundle is a folder named by the trace's id, with the files that `bundle_format` makes of it. Folders may be any
fsspec URL.

Every function raises StorageError where the storage cannot be read or written.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import fsspec
from fsspec import AbstractFileSystem

from diffusion_explainer.errors import BundleDamaged, NotReplaceable, StorageError, TraceNotFound
from diffusion_explainer.traces.trace import Trace

from . import leftovers
from .archive import Archive
from .bundle import Bundle
from .bundle_format import INDEX, Document, files_of
from .folder import Folder, is_local, storage, written_at

logger = logging.getLogger(__name__)

_ID = re.compile(r"[0-9a-f]{16}")

T = TypeVar("T")


class BundleStore:
    """The bundles below one folder or object-storage prefix, by id.

    Raises ValueError for a URL of an unknown scheme, ImportError for one whose fsspec package is missing.
    """

    def __init__(self, url: str | Path) -> None:
        # Others write there too, so a listing must not be cached.
        self.filesystem, self.root = fsspec.core.url_to_fs(str(url), use_listings_cache=False)

    def ids(self) -> list[str]:
        """Ids of all bundles, sorted."""
        return sorted(self.written())

    def written(self) -> dict[str, float]:
        """When each bundle was written, in seconds since 1970: one listing, however many they are."""
        try:
            with storage("read"):
                return dict(self._local_bundles() if is_local(self.filesystem) else self._bundles())
        except FileNotFoundError:
            return {}

    def has(self, trace_id: str) -> bool:
        """Whether the trace is stored, whole."""
        return bool(_ID.fullmatch(trace_id)) and Bundle(self._folder(trace_id)).is_whole()

    def save(self, trace: Trace, *, exact: bool = False) -> None:
        """Stores the trace under its id; one that is there already stays as it is, one that is damaged is set aside."""
        if self.has(trace.id):
            return
        files = files_of(trace, exact=exact)
        while not self._folder(trace.id).create(files):
            if self.has(trace.id):  # another writer was first
                return
            self.set_aside(trace.id)

    def open(self, trace_id: str) -> Trace:
        """The trace with its tensors. Raises TraceNotFound, BundleTooNew or BundleDamaged."""
        return self._reading(trace_id, Bundle.trace)

    def document(self, trace_id: str) -> Document:
        """trace.json, as this version writes it. Raises TraceNotFound, BundleTooNew or BundleDamaged."""
        return self._reading(trace_id, Bundle.document)

    def read(self, trace_id: str, name: str) -> bytes:
        """One file of a bundle, as it is stored.

        Raises TraceNotFound, FileNotInBundle for a file that the bundle does not have, BundleTooNew or BundleDamaged.
        """
        return self._reading(trace_id, lambda bundle: bundle.file(name))

    def files(self, trace_id: str) -> list[str]:
        """The names of a bundle's files, the index first. Raises TraceNotFound, BundleTooNew or BundleDamaged."""
        return self._reading(trace_id, Bundle.names)

    def delete(self, trace_id: str) -> None:
        """Removes a bundle. Raises TraceNotFound."""
        try:
            self._named(trace_id).remove()
        except FileNotFoundError as error:
            raise TraceNotFound(trace_id) from error

    def set_aside(self, trace_id: str) -> None:
        """Renames what cannot be read, so that it can be generated again; another process may have done so."""
        with contextlib.suppress(FileNotFoundError):
            logger.error("The stored trace %s is damaged; it is now %s.", trace_id, self._named(trace_id).set_aside())

    def read_beside(self, name: str) -> bytes:
        """A file beside the bundles. Raises FileNotFoundError."""
        return Folder(self.filesystem, self.root, name).read(name)

    def write_beside(self, name: str, content: bytes) -> None:
        """Writes a file beside the bundles, at once."""
        Folder(self.filesystem, self.root, name).write(name, content)

    def sweep(self) -> None:
        """Removes what interrupted writers left an hour ago or more."""
        try:
            leftovers.sweep(self.filesystem, self.root)
        except StorageError as error:
            logger.warning("What interrupted writers left cannot be looked for: %s", error)

    def _reading(self, trace_id: str, read: Callable[[Bundle], T]) -> T:
        bundle = Bundle(self._named(trace_id))
        try:
            return read(bundle)
        except BundleDamaged:  # or removed and written again while it was read
            return read(bundle)

    def _named(self, trace_id: str) -> Folder:
        if not _ID.fullmatch(trace_id):
            raise TraceNotFound(trace_id)
        return self._folder(trace_id)

    def _folder(self, trace_id: str) -> Folder:
        return Folder(self.filesystem, f"{self.root}/{trace_id}", trace_id)

    def _local_bundles(self) -> Iterator[tuple[str, float]]:
        with os.scandir(self.root) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    if _ID.fullmatch(entry.name):
                        yield entry.name, Path(entry.path, INDEX).stat().st_mtime

    def _bundles(self) -> Iterator[tuple[str, float]]:
        for path, info in self.filesystem.find(self.root, detail=True).items():
            name, _, file = path.removeprefix(f"{self.root}/").partition("/")
            if file == INDEX and _ID.fullmatch(name):
                yield name, written_at(info)


def save_trace(trace: Trace, url: str | Path, *, exact: bool = False) -> str:
    """Writes the trace as the bundle folder `url`, replacing one that is there. `exact` keeps float32.

    Raises NotReplaceable for a folder that holds something else, ValueError for a URL of an unknown scheme,
    ImportError for one whose fsspec package is missing.
    """
    filesystem, path = fsspec.core.url_to_fs(str(url))
    _check_replaceable(filesystem, path, str(url))
    Folder(filesystem, path, str(url)).replace(files_of(trace, exact=exact))
    return str(url)


def open_trace(url: str | Path) -> Trace:
    """Reads the bundle `url`, a folder or a .zip of one.

    Raises TraceNotFound, BundleTooNew or BundleDamaged; ValueError for a URL of an unknown scheme,
    ImportError for one whose fsspec package is missing.
    """
    if str(url).endswith(".zip"):
        return Bundle(Archive(str(url))).trace()
    filesystem, path = fsspec.core.url_to_fs(str(url))
    return Bundle(Folder(filesystem, path, str(url))).trace()


def _check_replaceable(filesystem: AbstractFileSystem, path: str, url: str) -> None:
    with storage("read"):
        taken = filesystem.exists(path) and not filesystem.exists(f"{path}/{INDEX}") and filesystem.ls(path)
    if taken:
        raise NotReplaceable(f"{url} is a folder that holds something else; a bundle needs a folder of its own.")
