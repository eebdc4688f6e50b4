"""What records can be turned into. Records know nothing of storage and rendering: the package's top registers both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class Outputs:
    """The functions behind the methods of records.

    `save(trace, url, exact)` writes a bundle and returns its URL, `export(trace, path, kind)` writes one file,
    `html(record)` is a fragment for a notebook, `image(grid)` one labelled picture.
    """

    save: Callable[[Any, str | Path, bool], str]
    export: Callable[[Any, str | Path, Any], Path]
    html: Callable[[Any], str]
    image: Callable[[Any], Image.Image]


_loaders: list[Callable[[], Outputs]] = []


def register(load: Callable[[], Outputs]) -> None:
    """Joins records with storage and rendering, loaded when they are used; called once, by the package's top."""
    _loaders[:] = [load]


def registered() -> Outputs:
    """What was registered."""
    return _loaders[0]()
