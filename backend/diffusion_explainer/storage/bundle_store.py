"""Traces on disk or object storage: the one reader and writer.

A bundle is a folder named by the trace's id, with the files that `bundle_format` makes of it. It is written
under a temporary name and moved into place, on object storage file by file with `trace.json` last: a
bundle is whole or not there. Folders may be any fsspec URL.

Every function raises OSError where the storage cannot be read or written.
"""

from __future__ import annotations

import contextlib
import errno
import json
import re
import time
import uuid
from pathlib import Path

import fsspec
from fsspec import AbstractFileSystem
from safetensors import SafetensorError

from diffusion_explainer.errors import BundleDamaged, BundleTooNew, FileNotInBundle, NotReplaceable, TraceNotFound
from diffusion_explainer.traces.trace import Trace

from . import archive
from .bundle_format import FILES, INDEX, VERSION, Document, files_of, trace_of, upgraded

_ID = re.compile(r"[0-9a-f]{16}")
_PARTIAL = re.compile(r"[0-9a-f]{16}\.[0-9a-f]{32}\.partial(\.replaced)?")
_WRITING = 3600.0  # seconds that writing a bundle takes at most


class BundleStore:
    """The bundles below one folder or object-storage prefix, by id.

    Raises ValueError for a URL of an unknown scheme, ImportError for one whose fsspec package is missing.
    """

    def __init__(self, url: str | Path) -> None:
        # Others write there too, so a listing must not be cached.
        self.filesystem, self.root = fsspec.core.url_to_fs(str(url), use_listings_cache=False)

    def ids(self) -> list[str]:
        """Ids of all whole bundles, sorted."""
        if not self.filesystem.exists(self.root):
            return []
        names = (path.rstrip("/").rpartition("/")[2] for path in self.filesystem.ls(self.root, detail=False))
        return sorted(name for name in names if self.has(name))

    def has(self, trace_id: str) -> bool:
        return bool(_ID.fullmatch(trace_id)) and self.filesystem.exists(f"{self.root}/{trace_id}/{INDEX}")

    def save(self, trace: Trace, *, exact: bool = False) -> None:
        """Stores the trace under its id; one that is there already stays as it is."""
        if not self.has(trace.id):
            _write(self.filesystem, f"{self.root}/{trace.id}", trace, exact)

    def open(self, trace_id: str) -> Trace:
        """The trace with its tensors. Raises TraceNotFound, BundleTooNew or BundleDamaged."""
        return _read(self.filesystem, self._folder(trace_id))

    def document(self, trace_id: str) -> Document:
        """trace.json, as this version writes it. Raises TraceNotFound, BundleTooNew or BundleDamaged."""
        return _document(self.filesystem, self._folder(trace_id))

    def read(self, trace_id: str, name: str) -> bytes:
        """One file of a bundle, as it is stored.

        Raises TraceNotFound, FileNotInBundle for a name that no bundle has, and FileNotFoundError for a file
        that this one lacks.
        """
        folder = self._folder(trace_id)
        if name not in FILES:
            raise FileNotInBundle(trace_id, name)
        return self.filesystem.cat_file(f"{folder}/{name}")  # type: ignore[no-any-return]

    def files(self, trace_id: str) -> list[str]:
        """The names of a bundle's files, the index first. Raises TraceNotFound, BundleTooNew or BundleDamaged."""
        return [INDEX, *self.document(trace_id)["files"]]

    def delete(self, trace_id: str) -> None:
        """Removes a bundle; its index first, so that no incomplete one is ever seen. Raises TraceNotFound."""
        folder = self._folder(trace_id)
        self.filesystem.rm_file(f"{folder}/{INDEX}")
        self.filesystem.rm(folder, recursive=True)

    def sweep(self) -> None:
        """Removes what interrupted writers left; a recent folder may still be being written."""
        if "file" not in self.filesystem.protocol or not self.filesystem.exists(self.root):
            return
        for path in self.filesystem.ls(self.root, detail=False):
            with contextlib.suppress(FileNotFoundError):  # another process removed it first
                if _PARTIAL.fullmatch(path.rpartition("/")[2]) and self._age(path) > _WRITING:
                    self.filesystem.rm(path, recursive=True)

    def _age(self, path: str) -> float:
        return time.time() - self.filesystem.modified(path).timestamp()  # type: ignore[no-any-return]

    def _folder(self, trace_id: str) -> str:
        if not self.has(trace_id):
            raise TraceNotFound(trace_id)
        return f"{self.root}/{trace_id}"


def save_trace(trace: Trace, url: str | Path, *, exact: bool = False) -> str:
    """Writes the trace as the bundle folder `url`, replacing one that is there. `exact` keeps float32.

    Raises NotReplaceable for a folder that holds something else, ValueError for a URL of an unknown scheme,
    ImportError for one whose fsspec package is missing.
    """
    filesystem, folder = fsspec.core.url_to_fs(str(url))
    if filesystem.exists(folder) and not filesystem.exists(f"{folder}/{INDEX}") and filesystem.ls(folder):
        raise NotReplaceable(f"{url} is a folder that holds something else; a bundle needs a folder of its own.")
    _write(filesystem, folder, trace, exact)
    return str(url)


def open_trace(url: str | Path) -> Trace:
    """Reads the bundle `url`, a folder or a .zip of one.

    Raises TraceNotFound, BundleTooNew or BundleDamaged; ValueError for a URL of an unknown scheme,
    ImportError for one whose fsspec package is missing.
    """
    archived = str(url).endswith(".zip")
    filesystem, folder = archive.opened(str(url)) if archived else fsspec.core.url_to_fs(str(url))
    if not filesystem.exists(f"{folder}/{INDEX}"):
        raise TraceNotFound(str(url))
    return _read(filesystem, folder)


def _write(filesystem: AbstractFileSystem, folder: str, trace: Trace, exact: bool) -> None:
    files = files_of(trace, exact=exact)
    if "file" in filesystem.protocol:
        _move_into_place(filesystem, files, folder)
    else:
        _put_into_place(filesystem, files, folder)


def _put_into_place(filesystem: AbstractFileSystem, files: dict[str, bytes], folder: str) -> None:
    """Object storage cannot rename, but puts each object whole; there is no bundle without its index."""
    index = files.pop(INDEX)
    if filesystem.exists(f"{folder}/{INDEX}"):
        filesystem.rm_file(f"{folder}/{INDEX}")
    filesystem.pipe({f"{folder}/{name}": content for name, content in files.items()})
    filesystem.pipe_file(f"{folder}/{INDEX}", index)


def _move_into_place(filesystem: AbstractFileSystem, files: dict[str, bytes], folder: str) -> None:
    temporary = f"{folder}.{uuid.uuid4().hex}.partial"
    try:
        filesystem.makedirs(temporary, exist_ok=True)
        for name, content in files.items():
            filesystem.pipe_file(f"{temporary}/{name}", content)
        while not _renamed(temporary, folder):
            with contextlib.suppress(FileNotFoundError):  # another writer has moved it away
                Path(folder).rename(f"{temporary}.replaced")
                filesystem.rm(f"{temporary}.replaced", recursive=True)
    finally:
        if filesystem.exists(temporary):
            filesystem.rm(temporary, recursive=True)


def _renamed(folder: str, name: str) -> bool:
    """Renames the folder; False where another one has that name and is not empty."""
    try:
        Path(folder).rename(name)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return False
    return True


def _document(filesystem: AbstractFileSystem, folder: str) -> Document:
    content = filesystem.cat_file(f"{folder}/{INDEX}")
    try:
        document: Document = json.loads(content)
        version = int(document["version"])
        if version <= VERSION:
            return upgraded(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BundleDamaged(f"{folder}/{INDEX} is not a trace: {error!r}") from error
    raise BundleTooNew(folder, version, VERSION)


def _read(filesystem: AbstractFileSystem, folder: str) -> Trace:
    document = _document(filesystem, folder)
    try:
        files = {name: _file(filesystem, folder, name, size) for name, size in document["files"].items()}
        return trace_of(document, files)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, SafetensorError) as error:
        raise BundleDamaged(f"{folder} is not a whole trace: {error!r}") from error


def _file(filesystem: AbstractFileSystem, folder: str, name: str, size: int) -> bytes:
    try:
        content: bytes = filesystem.cat_file(f"{folder}/{name}")
    except FileNotFoundError as error:
        raise BundleDamaged(f"{folder} has no {name}.") from error
    if len(content) != size:
        raise BundleDamaged(f"{folder}/{name} has {len(content)} bytes, its index says {size}.")
    return content
