"""A bundle's folder as one .zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import fsspec
from fsspec import AbstractFileSystem

from diffusion_explainer.errors import BundleDamaged, TraceNotFound


def zipped(folder: str, files: Mapping[str, bytes]) -> bytes:
    """The files as a .zip that unpacks into `folder`; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(f"{folder}/{name}"), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def opened(url: str) -> tuple[AbstractFileSystem, str]:
    """The inside of the .zip at `url`, and its folder. Raises TraceNotFound, BundleDamaged or OSError."""
    try:
        inside = fsspec.filesystem("zip", fo=url)
    except FileNotFoundError as error:
        raise TraceNotFound(url) from error
    except zipfile.BadZipFile as error:
        raise BundleDamaged(f"{url}: {error}") from error
    return inside, next((name.rpartition("/")[0] for name in inside.find("")), "")
