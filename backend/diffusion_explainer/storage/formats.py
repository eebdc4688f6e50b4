"""The files that a run can be exported as."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.rendering import animation
from diffusion_explainer.rendering.animation import KINDS, Kind
from diffusion_explainer.rendering.trace_report import trace_page
from diffusion_explainer.traces.trace import Trace

from .archive import zipped
from .bundle_format import ARRAYS, INDEX, files_of
from .folder import storage
from .png_metadata import with_metadata


@dataclass(frozen=True)
class Format:
    """`encode` gives the file of a trace: an animation is of one kind of picture, other files hold both or neither.

    `check` raises NotInstalled where an optional package is needed and missing.
    """

    media_type: str
    title: str
    encode: Callable[[Trace, Kind], bytes]
    check: Callable[[], None] = lambda: None


FORMATS = {
    "png": Format("image/png", "the finished picture, with its request inside", lambda trace, _: with_metadata(trace)),
    "webp": Format("image/webp", "the steps, animated", animation.webp),
    "gif": Format("image/gif", "the steps, animated, for apps without WebP support", animation.gif),
    "mp4": Format("video/mp4", "the steps as a video", animation.mp4, animation.check_video_encoder),
    "html": Format(
        "text/html", "a self-contained report", lambda trace, _: trace_page(trace, with_metadata(trace)).encode()
    ),
    "json": Format("application/json", "all but the tensors", lambda trace, _: files_of(trace)[INDEX]),
    "safetensors": Format("application/octet-stream", "the tensors", lambda trace, _: files_of(trace)[ARRAYS]),
    "zip": Format("application/zip", "the whole bundle", lambda trace, _: zipped(trace.id, files_of(trace))),
}


def encode(trace: Trace, suffix: str, kind: Kind = "latent") -> bytes:
    """The trace as a file of that format. Raises InvalidRequest for one not in FORMATS, NotInstalled for MP4."""
    return _format(suffix).encode(trace, kind)


def export(trace: Trace, path: str | Path, kind: Kind = "latent") -> Path:
    """Writes the trace as the file `path`, in the format of its suffix.

    Raises InvalidRequest for a suffix not in FORMATS or a folder that is not there, NotInstalled for MP4 without PyAV,
    and StorageError where the file cannot be written.
    """
    path = Path(path)
    check_writable(path)
    content = encode(trace, suffix_of(path), kind)
    with storage("written"):
        path.write_bytes(content)
    return path


def check_writable(path: Path) -> None:
    """Raises InvalidRequest for a file that cannot be written: it is a folder, or its own folder is not there."""
    if path.is_dir():
        raise InvalidRequest("export", str(path), "must be a file, and this is a folder")
    if not path.parent.is_dir():
        raise InvalidRequest("export", str(path), f"must be in a folder that exists; {path.parent} is none")


def suffix_of(path: Path) -> str:
    """The format that a path asks for. Raises InvalidRequest for one not in FORMATS, NotInstalled for MP4."""
    suffix = path.suffix.removeprefix(".").lower()
    _format(suffix)
    return suffix


def kind_of(name: str) -> Kind:
    """Which pictures an animation shows. Raises InvalidRequest for a name not in KINDS."""
    for kind in KINDS:
        if kind == name:
            return kind
    raise InvalidRequest("kind", name, f"must be one of {', '.join(KINDS)}")


def _format(suffix: str) -> Format:
    if suffix not in FORMATS:
        raise InvalidRequest("format", suffix, f"must be one of {', '.join(FORMATS)}")
    FORMATS[suffix].check()
    return FORMATS[suffix]


def file_name(trace: Trace, suffix: str) -> str:
    """A name to save it under: the prompt's first words and the id."""
    words = re.sub(r"[^a-z0-9]+", "-", trace.request.prompt.lower()).strip("-")[:48].strip("-")
    return f"{words or 'run'}-{trace.id}.{suffix}"
