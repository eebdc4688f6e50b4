"""One folder of a bundle's files, on a disk or in object storage: whole or not there, the first writer wins.

On a disk the files are written under a temporary name, and renamed into place at once. Object storage cannot rename,
but puts each object whole: there every writer puts its files into a folder of its own, whose name is in `trace.json`,
and puts that last, only if there is none.
"""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from fsspec import AbstractFileSystem

from diffusion_explainer.errors import DiffusionExplainerError, StorageError

from .bundle_format import FOLDER, INDEX

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "it is read-only",
}
_WRITTEN = ("LastModified", "updated", "last_modified", "mtime", "created")  # what filesystems call the time


class Folder:
    """The folder `path`; `named` is what messages call it.

    Raises StorageError where the storage cannot be read or written.
    """

    def __init__(self, filesystem: AbstractFileSystem, path: str, named: str) -> None:
        self.filesystem, self.path, self.named = filesystem, path, named
        self._renames = is_local(filesystem)

    def read(self, name: str) -> bytes:
        """The bytes of one file. Raises FileNotFoundError."""
        try:
            with storage("read"):
                return self.filesystem.cat_file(f"{self.path}/{name}")  # type: ignore[no-any-return]
        except StorageError as error:
            if isinstance(error.__cause__, NotADirectoryError):
                raise FileNotFoundError(name) from error
            raise

    def sizes(self) -> dict[str, int]:
        """The size of each file by its name, that of one in a folder with the folder's; none where nothing is."""
        with storage("read"):
            found = self.filesystem.find(self.path, maxdepth=2 if self._renames else None, detail=True)
        return {path.removeprefix(f"{self.path}/"): info["size"] for path, info in found.items()}

    def write(self, name: str, content: bytes) -> None:
        """Writes one file, at once."""
        path = f"{self.path}/{name}"
        with storage("written"):
            if not self._renames:
                self.filesystem.pipe_file(path, content)
                return
            partial = Path(f"{path}.{uuid.uuid4().hex}.partial")
            partial.parent.mkdir(parents=True, exist_ok=True)
            try:
                self.filesystem.pipe_file(str(partial), content)
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)

    def create(self, files: Mapping[str, bytes]) -> bool:
        """Writes the files, the index last; False if a folder that is not empty is there, which stays as it is."""
        with storage("written"):
            if not self._renames:
                return self._put(files, only_first=True)
            with self._partial(files) as partial:
                return _renamed(partial, self.path)

    def replace(self, files: Mapping[str, bytes]) -> None:
        """Writes the files in the place of what is there."""
        with storage("written"):
            if not self._renames:
                earlier = self._listed() if self.filesystem.exists(f"{self.path}/{INDEX}") else []
                self._put(files, only_first=False)
                self._remove(earlier)
                return
            replaced: list[str] = []
            with self._partial(files) as partial:
                while not _renamed(partial, self.path):
                    with contextlib.suppress(FileNotFoundError):  # another writer has moved it away
                        replaced.append(self._moved("partial.replaced"))
            for path in replaced:
                shutil.rmtree(path, ignore_errors=True)

    def remove(self) -> None:
        """Removes the folder, so that no incomplete one is ever seen. Raises FileNotFoundError."""
        with storage("written", may_be_missing=True):
            if self._renames:
                shutil.rmtree(self._moved("partial"), ignore_errors=True)
                return
            listed = self._listed()
            self.filesystem.rm_file(f"{self.path}/{INDEX}")
            self._remove(listed)

    def set_aside(self) -> str:
        """Renames the folder, or its index in object storage, to what is no bundle; returns the new name.

        Raises FileNotFoundError.
        """
        with storage("written", may_be_missing=True):
            if self._renames:
                return self._moved("damaged")
            name = f"{self.path}/{INDEX}.{uuid.uuid4().hex}.damaged"
            self.filesystem.mv(f"{self.path}/{INDEX}", name)
            return name

    def _put(self, files: Mapping[str, bytes], *, only_first: bool) -> bool:
        own, index = uuid.uuid4().hex, f"{self.path}/{INDEX}"
        put = {f"{self.path}/{own}/{name}": content for name, content in files.items() if name != INDEX}
        document = json.dumps({**json.loads(files[INDEX]), FOLDER: own}, ensure_ascii=False, separators=(",", ":"))
        try:
            self.filesystem.pipe(put)
            self.filesystem.pipe_file(index, document.encode(), **({"mode": "create"} if only_first else {}))
        except BaseException as error:
            self._remove(put)
            if only_first and isinstance(error, OSError) and self.filesystem.exists(index):
                return False
            raise
        return True

    def _listed(self) -> list[str]:
        """The objects that the index stands for, which leaves out those of writers that are still at work."""
        try:
            own = json.loads(self.filesystem.cat_file(f"{self.path}/{INDEX}")).get(FOLDER)
        except (ValueError, AttributeError, RecursionError):
            return []
        if own:
            return self.filesystem.find(f"{self.path}/{own}")  # type: ignore[no-any-return]
        return [f"{self.path}/{name}" for name in self.sizes() if name != INDEX and "/" not in name]

    def _remove(self, paths: Iterable[str]) -> None:
        """Removes objects that no index names; what cannot be removed does no harm."""
        with contextlib.suppress(Exception):
            for path in paths:
                self.filesystem.rm_file(path)

    @contextlib.contextmanager
    def _partial(self, files: Mapping[str, bytes]) -> Iterator[str]:
        """A folder of the files beside this one; what is left of it goes."""
        partial = f"{self.path}.{uuid.uuid4().hex}.partial"
        try:
            Path(partial).mkdir(parents=True)
            for name, content in files.items():
                self.filesystem.pipe_file(f"{partial}/{name}", content)
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _moved(self, suffix: str) -> str:
        name = f"{self.path}.{uuid.uuid4().hex}.{suffix}"
        Path(self.path).rename(name)
        return name


def written_at(info: dict[str, Any]) -> float:
    """When a filesystem says that a file was written, in seconds since 1970; 0 if it does not say."""
    when = next((info[name] for name in _WRITTEN if name in info), 0.0)
    return when.timestamp() if isinstance(when, datetime) else float(when)


def is_local(filesystem: AbstractFileSystem) -> bool:
    """Whether the filesystem is this computer's: it can rename a folder."""
    return "file" in filesystem.protocol


@contextlib.contextmanager
def storage(
    doing: Literal["read", "written"], *, may_be_missing: bool = False, caught: type[Exception] = Exception
) -> Iterator[None]:
    """Raises StorageError for whatever a filesystem raises, in words that name no path.

    Libraries of object storage have errors of their own, so that any error is `caught` if nothing but a filesystem is
    asked. What is read, or `may_be_missing`, may raise FileNotFoundError.
    """
    try:
        yield
    except DiffusionExplainerError:
        raise
    except caught as error:
        if isinstance(error, FileNotFoundError) and (doing == "read" or may_be_missing):
            raise
        raise StorageError(doing, _reason(error)) from error


def _reason(error: Exception) -> str:
    if not isinstance(error, OSError):
        return type(error).__name__
    return _REASONS.get(error.errno or 0) or error.strerror or str(error) or type(error).__name__


def _renamed(folder: str, name: str) -> bool:
    """Renames the folder; False where another one has that name and is not empty."""
    try:
        Path(folder).rename(name)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        return False
    return True
