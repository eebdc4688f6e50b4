"""What tells two models apart: a hash of their files, or of a loaded pipeline's weights."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from diffusers import DiffusionPipeline

_PARTS = ("text_encoder", "text_encoder_2", "unet", "vae")
_SAMPLED_BYTES = 65536  # of each end of a weights file: telling models apart must not cost a second


def fingerprint_of_files(location: str) -> str:
    """16 hex digits that change when the files of the model at that folder or hub id do."""
    folder = Path(location)
    if not folder.is_dir():
        folder = Path(DiffusionPipeline.download(location, local_files_only=True))
    digest = hashlib.sha256()
    for file in sorted(p for p in folder.rglob("*") if p.suffix in (".json", ".safetensors", ".bin")):
        digest.update(f"{file.relative_to(folder)} {file.stat().st_size}\n".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_SAMPLED_BYTES))
            stream.seek(max(0, file.stat().st_size - _SAMPLED_BYTES))
            digest.update(stream.read())
    return digest.hexdigest()[:16]


def fingerprint_of_weights(pipeline: Any) -> str:
    """16 hex digits that change when the weights or the scheduler's configuration do."""
    digest = hashlib.sha256(repr(dict(pipeline.scheduler.config)).encode())
    for part in (getattr(pipeline, role, None) for role in _PARTS):
        for name, weight in part.state_dict().items() if part is not None else ():
            sample = weight.detach().flatten()[:256].float().cpu().numpy()
            digest.update(name.encode() + sample.tobytes())
    return digest.hexdigest()[:16]
