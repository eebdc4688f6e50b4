"""Reads one bundle, wherever its files lie. Whatever is wrong with them is said in one line."""

from __future__ import annotations

import json
import re
from typing import Any, Protocol

from safetensors import SafetensorError

from diffusion_explainer.errors import BundleDamaged, BundleTooNew, FileNotInBundle, InvalidRequest, TraceNotFound
from diffusion_explainer.traces.trace import Trace

from .bundle_format import ATTENTION, FILES, FOLDER, INDEX, VERSION, Document, trace_of, upgraded

_LARGEST_INDEX = 2**24  # bytes; that of the longest run has about a million
_LONGEST_REASON = 200  # characters
_OWN_FOLDER = re.compile(r"[0-9a-f]{32}")
_NONSENSE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
    SafetensorError,
    InvalidRequest,
)


class Files(Protocol):
    """The files of a bundle; `named` is what messages call it."""

    named: str

    def sizes(self) -> dict[str, int]:
        """The size of each file by its name."""

    def read(self, name: str) -> bytes:
        """The bytes of one file. Raises FileNotFoundError."""


class Bundle:
    """A bundle in `files`.

    Every method raises TraceNotFound where there is none, BundleTooNew or BundleDamaged for one that cannot be read,
    and StorageError.
    """

    def __init__(self, files: Files) -> None:
        self._files = files

    def document(self) -> Document:
        """trace.json, as this version writes it."""
        return self._open()[0]

    def trace(self) -> Trace:
        """The trace with its tensors; without attention maps where their file is missing."""
        document, folder = self._open()
        sizes = self._files.sizes()
        try:
            listed: dict[str, int] = dict(document["files"])
            if folder + ATTENTION not in sizes:
                listed.pop(ATTENTION, None)
                document = {**document, "attention": None}
            self._check(listed, folder, sizes)
            return trace_of(document, {name: self._read(folder + name, size) for name, size in listed.items()})
        except _NONSENSE as error:
            raise self._damaged(error) from error

    def file(self, name: str) -> bytes:
        """One file as it is stored. Raises FileNotInBundle for one that the bundle does not have."""
        if name not in FILES:
            raise FileNotInBundle(self._files.named, name)
        content = self._index()
        document = self._parsed(content)
        folder = self._folder(document)
        if name == INDEX:
            return _without_folder(document) if folder else content
        try:
            size = document["files"].get(name)
        except _NONSENSE as error:
            raise self._damaged(error) from error
        if size is None or (name == ATTENTION and folder + name not in self._files.sizes()):
            raise FileNotInBundle(self._files.named, name)
        return self._read(folder + name, size)

    def names(self) -> list[str]:
        """The names of the files, the index first."""
        document, folder = self._open()
        sizes = self._files.sizes()
        try:
            listed = [name for name in document["files"] if name != ATTENTION or folder + name in sizes]
            self._check({name: document["files"][name] for name in listed}, folder, sizes)
        except _NONSENSE as error:
            raise self._damaged(error) from error
        return [INDEX, *listed]

    def is_whole(self) -> bool:
        """Whether all is there, in the size that it was written in; also for a bundle of a newer version."""
        try:
            self.names()
        except BundleTooNew:
            return True
        except (TraceNotFound, BundleDamaged):
            return False
        return True

    def _open(self) -> tuple[Document, str]:
        """trace.json of this version, and the folder that its other files are in, "" or with a slash."""
        document = self._parsed(self._index())
        folder = self._folder(document)
        try:
            newest = upgraded(document)
        except _NONSENSE as error:
            raise self._damaged(error) from error
        return {name: value for name, value in newest.items() if name != FOLDER}, folder

    def _index(self) -> bytes:
        try:
            content = self._files.read(INDEX)
        except FileNotFoundError as error:
            raise TraceNotFound(self._files.named) from error
        if len(content) > _LARGEST_INDEX:
            raise BundleDamaged(f"{self._files.named}: {INDEX} has {len(content)} bytes, too many for a trace.")
        return content

    def _parsed(self, content: bytes) -> Document:
        """trace.json of any version up to this one."""
        try:
            document: Document = json.loads(content)
            version = document["version"]
            if type(version) is not int or version < 1:
                raise ValueError(f"its version is {version!r}")
        except _NONSENSE as error:
            raise self._damaged(error) from error
        if version > VERSION:
            raise BundleTooNew(self._files.named, version, VERSION)
        return document

    def _folder(self, document: Document) -> str:
        folder = document.get(FOLDER)
        if folder is None:
            return ""
        if not isinstance(folder, str) or not _OWN_FOLDER.fullmatch(folder):
            raise BundleDamaged(f"{self._files.named}: its files cannot be in {folder!r:.100}.")
        return f"{folder}/"

    def _check(self, listed: dict[str, int], folder: str, sizes: dict[str, int]) -> None:
        """Raises BundleDamaged for a file that is missing or of another size than the index says."""
        for name, size in listed.items():
            if name not in FILES:
                raise BundleDamaged(f"{self._files.named}: a bundle has no file {name!r:.100}.")
            if folder + name not in sizes:
                raise BundleDamaged(f"{self._files.named} has no {name}.")
            self._check_size(name, sizes[folder + name], size)

    def _check_size(self, name: str, found: int, size: int) -> None:
        if found != size:
            raise BundleDamaged(f"{self._files.named}: {name} has {found} bytes, its index says {size!r:.100}.")

    def _read(self, path: str, size: int) -> bytes:
        name = path.rpartition("/")[2]
        try:
            content = self._files.read(path)
        except FileNotFoundError as error:
            self._index()  # raises TraceNotFound for a bundle that was removed meanwhile
            raise BundleDamaged(f"{self._files.named} has no {name}.") from error
        self._check_size(name, len(content), size)
        return content

    def _damaged(self, error: Exception) -> BundleDamaged:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST_REASON]
        return BundleDamaged(f"{self._files.named} is not a whole trace: {reason}")


def _without_folder(document: dict[str, Any]) -> bytes:
    wire = {name: value for name, value in document.items() if name != FOLDER}
    return json.dumps(wire, ensure_ascii=False, separators=(",", ":")).encode()
