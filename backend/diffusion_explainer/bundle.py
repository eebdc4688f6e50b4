"""Traces on disk or object storage: the one reader and writer.

A bundle is a folder named by the trace's id: `trace.json` (request, model, tokens, the step table, an
index of the files), `arrays.safetensors` (every tensor), `latent.webp` and `predicted.webp` (the
pictures of every step, packed), `picture.png`, and `attention.safetensors` (where each token is read,
0..255 on one scale for all steps and tokens). It is written under a temporary name and moved into
place, on object storage file by file with `trace.json` last: a bundle is whole or not there. Folders may
be any fsspec URL.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import fsspec
import numpy as np
import safetensors.numpy
from fsspec import AbstractFileSystem
from numpy.typing import NDArray

from . import archive, diffusion
from .errors import BundleDamaged, BundleTooNew, FileNotInBundle, NotReplaceable, TraceNotFound
from .request import TraceRequest
from .trace import EarlierRun, Match, Meeting, ModelCard, SpriteSheet, Step, Token, Trace

VERSION = 1
INDEX = "trace.json"
ARRAYS = "arrays.safetensors"
PICTURES = {"latent": "latent.webp", "predicted": "predicted.webp", "final": "picture.png"}
ATTENTION = "attention.safetensors"
FILES = (INDEX, ARRAYS, ATTENTION, *PICTURES.values())

_NOISES = ("noise_unconditional", "noise_conditional", "noise_guided")
_STACKED = (
    *_NOISES,
    "added_noise",
    "prediction_unconditional",
    "prediction_conditional",
    "prediction_guided",
)
_ID = re.compile(r"[0-9a-f]{16}")

Document = dict[str, Any]
Arrays = dict[str, NDArray[Any]]


class BundleStore:
    """The bundles below one folder or object-storage prefix, by id."""

    def __init__(self, url: str) -> None:
        # Others write there too: what was not there a moment ago must be asked for again.
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
        return _read(self.filesystem, self._folder(trace_id))

    def document(self, trace_id: str) -> Document:
        """trace.json as it is stored."""
        return _document(self.filesystem, self._folder(trace_id))

    def read(self, trace_id: str, name: str) -> bytes:
        """One file of a bundle; FileNotInBundle for any name but those a bundle has."""
        folder = self._folder(trace_id)
        if name not in FILES:
            raise FileNotInBundle(trace_id, name)
        return self.filesystem.cat_file(f"{folder}/{name}")  # type: ignore[no-any-return]

    def files(self, trace_id: str) -> list[str]:
        """The names of a bundle's files, the index first."""
        return [INDEX, *self.document(trace_id)["files"]]

    def delete(self, trace_id: str) -> None:
        """Removes a bundle; its index first, so that no half of it is ever seen."""
        folder = self._folder(trace_id)
        self.filesystem.rm_file(f"{folder}/{INDEX}")
        self.filesystem.rm(folder, recursive=True)

    def _folder(self, trace_id: str) -> str:
        if not self.has(trace_id):
            raise TraceNotFound(trace_id)
        return f"{self.root}/{trace_id}"


def save_trace(trace: Trace, url: str, *, exact: bool = False) -> str:
    """Writes the trace as the bundle folder `url`, replacing one that is there. `exact` keeps float32."""
    filesystem, folder = fsspec.core.url_to_fs(str(url))
    if filesystem.exists(folder) and not filesystem.exists(f"{folder}/{INDEX}") and filesystem.ls(folder):
        raise NotReplaceable(f"{url} is a folder that holds something else; a bundle needs a folder of its own.")
    _write(filesystem, folder, trace, exact)
    return str(url)


def open_trace(url: str) -> Trace:
    """Reads the bundle `url`, a folder or a .zip of one. Raises TraceNotFound, BundleTooNew or BundleDamaged."""
    archived = str(url).endswith(".zip")
    filesystem, folder = archive.opened(str(url)) if archived else fsspec.core.url_to_fs(str(url))
    if not filesystem.exists(f"{folder}/{INDEX}"):
        raise TraceNotFound(str(url))
    return _read(filesystem, folder)


def files_of(trace: Trace, *, exact: bool = False) -> dict[str, bytes]:
    """The files of the trace's bundle by name, the index last."""
    arrays = _arrays(trace, np.dtype(np.float32 if exact else np.float16))
    files = {
        ARRAYS: safetensors.numpy.save(arrays),
        PICTURES["latent"]: trace.latent_pictures.encoded,
        PICTURES["predicted"]: trace.predicted_pictures.encoded,
        PICTURES["final"]: trace.picture_png,
    }
    attention, maps = _attention(trace, exact)
    if attention is not None:
        files[ATTENTION] = safetensors.numpy.save(maps)
    document = _describe(trace, arrays, attention)
    document["files"] = {name: len(content) for name, content in files.items()}
    files[INDEX] = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return files


def _describe(trace: Trace, arrays: Arrays, attention: Document | None) -> Document:
    """trace.json of a trace whose tensors are stored as `arrays`."""
    sheets = {"latent": trace.latent_pictures, "predicted": trace.predicted_pictures}
    width, height = trace.picture.size
    return {
        "version": VERSION,
        "id": trace.id,
        "request": trace.request.model_dump(),
        "model": trace.model.to_wire(),
        "tokens": [token.to_wire() for token in trace.tokens],
        "cut_tokens": [token.to_wire() for token in trace.cut_tokens],
        "truncated": trace.truncated,
        "negative_tokens": [token.to_wire() for token in trace.negative_tokens],
        "origins": [origin.to_wire() for origin in trace.origins],
        "steps": [step.to_wire() for step in trace.steps],
        "final": {"sigma": trace.final_sigma, "latent_scale": trace.final_latent_scale},
        "seconds": trace.seconds,
        "arrays": {
            "file": ARRAYS,
            "dtype": str(arrays["latents"].dtype),
            "names": {name: list(array.shape) for name, array in arrays.items()},
        },
        "pictures": {
            **{name: {"file": PICTURES[name], **_sheet_to_wire(sheet)} for name, sheet in sheets.items()},
            "final": {"file": PICTURES["final"], "width": width, "height": height},
        },
        "attention": attention,
        "meeting": trace.meeting.to_wire() if trace.meeting else None,
        "created": trace.created,
    }


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
        if filesystem.exists(folder):
            filesystem.mv(folder, f"{temporary}/replaced", recursive=True)
            filesystem.mv(f"{temporary}/replaced", f"{temporary}.replaced", recursive=True)
        filesystem.mv(temporary, folder, recursive=True)
        if filesystem.exists(f"{temporary}.replaced"):
            filesystem.rm(f"{temporary}.replaced", recursive=True)
    finally:
        if filesystem.exists(temporary):
            filesystem.rm(temporary, recursive=True)


def _arrays(trace: Trace, dtype: np.dtype[Any]) -> Arrays:
    stacked = {name: trace.stacked(name) for name in _STACKED}
    arrays: Arrays = {
        "latents": trace.latents,
        **{name: tensor for name, tensor in stacked.items() if tensor is not None},
        "text_embedding": trace.text_embedding,
        "unconditional_text_embedding": trace.unconditional_text_embedding,
    }
    return {name: np.ascontiguousarray(array, dtype=dtype) for name, array in arrays.items()}


def _attention(trace: Trace, exact: bool) -> tuple[Document | None, Arrays]:
    """What trace.json says of the attention maps [N, T, h, w], and the maps: stored value · scale = share."""
    shares = trace.stacked("attention")
    if shares is None:
        return None, {}
    scale = 1.0 if exact else float(shares.max()) / 255
    maps = shares if exact else np.rint(shares / scale).astype(np.uint8)
    return {"file": ATTENTION, "scale": scale, "dtype": str(maps.dtype), "shape": list(maps.shape)}, {"attention": maps}


def _document(filesystem: AbstractFileSystem, folder: str) -> Document:
    try:
        document: Document = json.loads(filesystem.cat_file(f"{folder}/{INDEX}"))
        version = document["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise BundleDamaged(f"{folder}/{INDEX} is not a trace: {error}") from error
    if version > VERSION:
        raise BundleTooNew(folder, version, VERSION)
    return document


def _read(filesystem: AbstractFileSystem, folder: str) -> Trace:
    document = _document(filesystem, folder)
    request = TraceRequest(**document["request"])
    files = {name: _file(filesystem, folder, name, size) for name, size in document["files"].items()}
    arrays = {name: array.astype(np.float32) for name, array in safetensors.numpy.load(files[ARRAYS]).items()}
    if document["arrays"]["dtype"] == "float16":
        _restore_guidance(arrays, request)
    if document["attention"]:
        maps = safetensors.numpy.load(files[ATTENTION])["attention"]
        arrays["attention"] = maps.astype(np.float32) * np.float32(document["attention"]["scale"])
    sheets = {
        name: SpriteSheet(files[PICTURES[name]], **_sheet_from_wire(document["pictures"][name]))
        for name in ("latent", "predicted")
    }
    return Trace(
        id=document["id"],
        request=request,
        model=ModelCard.from_wire(document["model"]),
        tokens=_tokens(document["tokens"]),
        cut_tokens=_tokens(document["cut_tokens"]),
        truncated=document["truncated"],
        negative_tokens=_tokens(document["negative_tokens"]),
        text_embedding=arrays["text_embedding"],
        unconditional_text_embedding=arrays["unconditional_text_embedding"],
        steps=tuple(_step(row, arrays, (sheets["latent"], sheets["predicted"])) for row in document["steps"]),
        final_sigma=document["final"]["sigma"],
        final_latent_scale=document["final"]["latent_scale"],
        latent_pictures=sheets["latent"],
        predicted_pictures=sheets["predicted"],
        picture_png=files[PICTURES["final"]],
        seconds=document["seconds"],
        created=document["created"],
        origins=tuple(EarlierRun.from_wire(origin) for origin in document.get("origins", [])),
        meeting=Meeting.from_wire(document["meeting"]) if document.get("meeting") else None,
    )


def _restore_guidance(arrays: Arrays, request: TraceRequest) -> None:
    """Makes guided = generic + w · (conditional − generic) hold again after rounding to float16.

    For w > 1 it multiplies what rounding took from the conditional noise; so that follows from the other two.
    """
    unconditional, conditional, guided = (arrays[name] for name in _NOISES)
    for row in range(len(guided)):
        w = request.guidance_at(row).guidance_scale
        if w > 1:
            conditional[row] = diffusion.conditional(unconditional[row], guided[row], w)


def _file(filesystem: AbstractFileSystem, folder: str, name: str, size: int) -> bytes:
    try:
        content: bytes = filesystem.cat_file(f"{folder}/{name}")
    except FileNotFoundError as error:
        raise BundleDamaged(f"{folder} has no {name}.") from error
    if len(content) != size:
        raise BundleDamaged(f"{folder}/{name} has {len(content)} bytes, its index says {size}.")
    return content


def _step(row: Document, arrays: Arrays, pictures: tuple[SpriteSheet, SpriteSheet]) -> Step:
    k = row["step"]
    names = ("step", "timestep", "sigma", "latent_scale", "coefficients", "residual", "seconds")
    tensors: Document = {name: arrays[name][k] for name in (*_STACKED, "attention") if name in arrays}
    return Step(
        **{name: row[name] for name in names},
        latent=arrays["latents"][k],
        next_latent=arrays["latents"][k + 1],
        **tensors,
        match=Match(**row["match"]) if row.get("match") else None,
        pictures=pictures,
    )


def _tokens(wire: list[Document]) -> tuple[Token, ...]:
    return tuple(Token(**token) for token in wire)


def _sheet_to_wire(sheet: SpriteSheet) -> Document:
    return {"frames": sheet.frames, "columns": sheet.columns, "width": sheet.width, "height": sheet.height}


def _sheet_from_wire(wire: Document) -> Document:
    return {name: wire[name] for name in ("frames", "columns", "width", "height")}
