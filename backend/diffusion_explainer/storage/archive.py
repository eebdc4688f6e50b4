"""A bundle's folder as one .zip."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Mapping

import fsspec

from diffusion_explainer.errors import BundleDamaged, TraceNotFound

from .bundle_format import INDEX
from .folder import storage

_MOST_INFLATED = 200  # times its compressed size; a file of ours has at most some twenty
_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError)


def zipped(folder: str, files: Mapping[str, bytes]) -> bytes:
    """The files as a .zip that unpacks into `folder`; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(f"{folder}/{name}"), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


class Archive:
    """The files of a bundle in the .zip at `url`. Raises TraceNotFound, BundleDamaged or StorageError."""

    def __init__(self, url: str) -> None:
        self.named = url
        try:
            with storage("read"), fsspec.open(url, "rb") as file:
                content = file.read()
        except FileNotFoundError as error:
            raise TraceNotFound(url) from error
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except _UNREADABLE as error:
            raise BundleDamaged(f"{url} is no .zip: {error}") from error
        inside = {info.filename: info for info in self._archive.infolist()}
        indices = (name for name in inside if name.rpartition("/")[2] == INDEX)
        folder = min(indices, key=len, default=INDEX).removesuffix(INDEX)
        self._files = {name.removeprefix(folder): info for name, info in inside.items() if name.startswith(folder)}

    def sizes(self) -> dict[str, int]:
        """What each file would be unpacked, by its name."""
        return {name: info.file_size for name, info in self._files.items()}

    def read(self, name: str) -> bytes:
        """The bytes of one file. Raises FileNotFoundError, and BundleDamaged for one that was made to fill memory."""
        info = self._files.get(name)
        if info is None:
            raise FileNotFoundError(name)
        if info.file_size > _MOST_INFLATED * max(info.compress_size, 1024):
            raise BundleDamaged(
                f"{self.named}: {name} would unpack to {info.file_size} bytes, from {info.compress_size}."
            )
        try:
            return self._archive.read(info)
        except _UNREADABLE as error:
            raise BundleDamaged(f"{self.named}: {name} cannot be unpacked: {error}") from error
