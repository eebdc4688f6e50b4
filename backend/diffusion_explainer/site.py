"""The page and the gallery as plain files: the same site, without a server.

The files have the names that the server answers to, so the page finds them by the same relative URLs,
below any path of any web host.
"""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path

from .engine import ModelStatus
from .errors import NotReplaceable
from .findings import background_of, pictures_wire, trajectory_wire
from .gallery import Gallery
from .projection import available_methods
from .server.model import server_card

_API = "api"


def export(gallery: Gallery, page: Path, folder: Path) -> int:
    """Writes the site into `folder`, replacing an earlier one whole; gives the number of traces in it.

    Raises NotReplaceable for a folder that holds anything else, or where the page has not been built.
    """
    if not (page / "index.html").is_file():
        raise NotReplaceable(f"{page} holds no built page; in a checkout, `make setup` builds it.")
    if folder.exists() and any(folder.iterdir()) and not (folder / _API / "gallery").is_file():
        raise NotReplaceable(f"{folder} holds something else; the site needs a folder of its own.")
    temporary = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.partial")
    try:
        shutil.copytree(page, temporary)
        traces = _write_api(gallery, temporary / _API)
        if folder.exists():
            shutil.rmtree(folder)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return traces


def _write_api(gallery: Gallery, api: Path) -> int:
    api.mkdir()
    index = gallery.index()
    replay = ModelStatus("replay", detail="These are stored runs; drawing new ones takes a server.")
    (api / "model").write_text(json.dumps(server_card(replay)), "utf-8")
    (api / "gallery").write_text(json.dumps(index, ensure_ascii=False), "utf-8")
    (api / "pictures").write_text(json.dumps(pictures_wire(gallery), ensure_ascii=False), "utf-8")
    for listing in index["traces"]:
        _write_bundle(gallery, listing["id"], api / "traces" / listing["id"] / "files")
    for pair in index["pairs"]:
        _write_trajectories(gallery, sorted([pair["a"], pair["b"]]), api / "trajectories")
    return len(index["traces"])


def _write_trajectories(gallery: Gallery, ids: list[str], folder: Path) -> None:
    """The maps of two runs, which a page without a server cannot lay out."""
    background = background_of(gallery, ids)
    for method in available_methods():
        file = folder / "-".join(ids) / method
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(trajectory_wire(gallery.store.open, background, ids, method)), "utf-8")


def _write_bundle(gallery: Gallery, trace_id: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in gallery.store.files(trace_id):
        (folder / name).write_bytes(gallery.store.read(trace_id, name))
