"""The files that a run can be taken away as."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.rendering import animation
from diffusion_explainer.rendering.animation import KINDS, Kind
from diffusion_explainer.rendering.trace_report import summary_page
from diffusion_explainer.traces.trace import Trace

from . import bundle_format
from .archive import zipped
from .png_metadata import imprinted


@dataclass(frozen=True)
class Format:
    """`encode` gives the file of a trace; a moving one is of either kind of picture, others show both or neither."""

    media_type: str
    title: str
    encode: Callable[[Trace, Kind], bytes]


FORMATS = {
    "png": Format("image/png", "the finished picture, with its request inside", lambda trace, _: imprinted(trace)),
    "webp": Format("image/webp", "the steps, animated", animation.webp),
    "gif": Format("image/gif", "the steps, animated, for programs that know no WebP", animation.gif),
    "mp4": Format("video/mp4", "the steps as a film", animation.mp4),
    "html": Format("text/html", "a report that stands alone", lambda trace, _: summary_page(trace).encode()),
    "json": Format(
        "application/json", "all but the tensors", lambda trace, _: bundle_format.files_of(trace)[bundle_format.INDEX]
    ),
    "safetensors": Format(
        "application/octet-stream", "the tensors", lambda trace, _: bundle_format.files_of(trace)[bundle_format.ARRAYS]
    ),
    "zip": Format(
        "application/zip", "the whole bundle", lambda trace, _: zipped(trace.id, bundle_format.files_of(trace))
    ),
}


def encode(trace: Trace, suffix: str, kind: Kind = "latent") -> bytes:
    """The trace as a file of that suffix. Raises InvalidRequest for one that is not of FORMATS."""
    _check(suffix)
    return FORMATS[suffix].encode(trace, kind)


def export(trace: Trace, path: str | Path, kind: Kind = "latent") -> Path:
    """Writes the trace as the file `path`, in the format of its suffix."""
    path = Path(path)
    path.write_bytes(encode(trace, suffix_of(path), kind))
    return path


def suffix_of(path: Path) -> str:
    """The format that a path asks for. Raises InvalidRequest for one that is not of FORMATS."""
    suffix = path.suffix.removeprefix(".").lower()
    _check(suffix)
    return suffix


def kind_of(name: str) -> Kind:
    """Which pictures move. Raises InvalidRequest for a name that is not of KINDS."""
    for kind in KINDS:
        if kind == name:
            return kind
    raise InvalidRequest("kind", name, f"must be one of {', '.join(KINDS)}")


def _check(suffix: str) -> None:
    if suffix not in FORMATS:
        raise InvalidRequest("format", suffix, f"must be one of {', '.join(FORMATS)}")


def file_name(trace: Trace, suffix: str) -> str:
    """A name to save it under: the prompt's first words and the id."""
    words = re.sub(r"[^a-z0-9]+", "-", trace.request.prompt.lower()).strip("-")[:48].strip("-")
    return f"{words or 'run'}-{trace.id}.{suffix}"
