"""What tells two models apart: a hash of every byte of their files, or of a loaded pipeline's weights."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import platformdirs
import torch
from diffusers import DiffusionPipeline

_SUFFIXES = (".json", ".txt", ".model", ".safetensors", ".bin")  # of configurations, vocabularies and weights
_REMEMBERED_BYTES = 2**20  # the hash of a smaller file is not worth a file of its own
_ADAPTERS = ("_active_adapter", "_disable_adapters")  # PEFT's: which of a layer's adapters are on


def fingerprint_of_files(location: str, dtype: torch.dtype, cache: Path | None = None) -> str:
    """16 hex digits that change with any byte of the model at that folder or hub id, and with its precision.

    The hash of a large file is remembered in `cache` (by default in the user's cache folder) until the file changes.
    """
    folder = Path(location)
    if not folder.is_dir():
        folder = Path(DiffusionPipeline.download(location, local_files_only=True))
    cache = cache or platformdirs.user_cache_path("diffusion-explainer") / "hashes"
    files = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    with ThreadPoolExecutor() as pool:
        hashes = pool.map(lambda path: _file_hash(path, cache), files)
    lines = [f"{path.relative_to(folder).as_posix()} {digest}" for path, digest in zip(files, hashes, strict=True)]
    return _short(*lines, str(dtype))


def fingerprint_of_pipeline(pipeline: Any, scheduler_config: Any, modules: Mapping[str, Any]) -> str:
    """16 hex digits that change with any number of a loaded pipeline, and with what is switched on or off.

    `modules`: those beside the pipeline that a trace depends on. Weights that are elsewhere (offloaded layer by layer)
    cannot be read: then no other fingerprint is the same.
    """
    parts = {**pipeline.components, **modules}
    named = [(name, part) for name, part in sorted(parts.items()) if isinstance(part, torch.nn.Module)]
    tensors = [tensor for _, part in named for tensor in part.state_dict().values() if isinstance(tensor, torch.Tensor)]
    if any(tensor.is_meta for tensor in tensors):
        return secrets.token_hex(8)
    settings = {key: value for key, value in scheduler_config.items() if not key.startswith("_")}
    absent = sorted(name for name, part in parts.items() if part is None)
    switches = [line for name, part in named for line in _switches(name, part)]
    with ThreadPoolExecutor() as pool:
        hashes = list(pool.map(_tensor_hash, tensors))
    return _short(type(pipeline).__name__, repr(settings), repr(absent), *switches, *hashes)


def _file_hash(path: Path, cache: Path) -> str:
    status = path.stat()
    if status.st_size < _REMEMBERED_BYTES:
        return _hash_of_content(path)
    version = f"{path.resolve()} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
    remembered = cache / hashlib.sha256(version.encode(errors="surrogateescape")).hexdigest()
    with contextlib.suppress(OSError):
        return remembered.read_text("ascii")
    digest = _hash_of_content(path)
    with contextlib.suppress(OSError):  # a cache folder that cannot be written: hashed again next time
        _write_whole(remembered, digest)
    return digest


def _hash_of_content(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _write_whole(path: Path, text: str) -> None:
    """Writes the file so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="ascii", dir=path.parent, delete=False) as temporary:
        temporary.write(text)
    Path(temporary.name).replace(path)


def _tensor_hash(tensor: torch.Tensor) -> str:
    content = tensor.detach().contiguous().reshape(-1).view(torch.uint8).cpu().numpy()
    return f"{tensor.dtype} {tuple(tensor.shape)} {hashlib.sha256(content.data).hexdigest()}"


def _switches(name: str, part: torch.nn.Module) -> Iterator[str]:
    """What is set on the modules of a part beside their weights: adapters' scales, FreeU's factors, processors."""
    for path, module in part.named_modules():
        holders = (module, getattr(module, "processor", None))
        switches = [_switches_of(vars(holder)) for holder in holders if hasattr(holder, "__dict__")]
        yield f"{name}.{path} {type(module).__name__} {switches}"


def _switches_of(attributes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    public = {key: value for key, value in attributes.items() if not key.startswith("_") or key in _ADAPTERS}
    return sorted((key, value) for key, value in public.items() if _is_plain(value))


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


def _short(*lines: str) -> str:
    return hashlib.sha256("\n".join(lines).encode(errors="surrogateescape")).hexdigest()[:16]
