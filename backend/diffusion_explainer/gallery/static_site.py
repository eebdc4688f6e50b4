"""The page and the gallery as plain files: the same site, without a server.

The files have the names that the server answers to, so the page finds them by the same relative URLs,
below any path of any web host. A service worker keeps what was seen for when there is no network; it is told
which version of the site it belongs to.
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from diffusion_explainer.analysis.payloads import trajectory_payload
from diffusion_explainer.analysis.projection import available_methods
from diffusion_explainer.errors import NotReplaceable
from diffusion_explainer.storage.folder import storage

from .index import Gallery
from .payloads import background_of, clip_pictures_payload

_API = "api"
_WORKER = "service-worker.js"
_SHELL = "files.json"  # what the service worker fetches when it is installed
_COMPRESSED = (".br", ".gz")  # what a server would send in place of a file

Wire = dict[str, Any]


def export(gallery: Gallery, page: Path, folder: Path, card: Wire) -> int:
    """Writes the site into `folder`, replacing an earlier one whole; returns the number of traces in it.

    `card`: what a server would answer to GET /api/model.

    Raises NotReplaceable for a folder that holds anything else, or where the page has not been built, BundleDamaged for
    a gallery that cannot be read, and StorageError.
    """
    folder = folder.absolute()
    if not (page / "index.html").is_file():
        raise NotReplaceable(f"{page} holds no built page; in a checkout, `make setup` builds it.")
    if folder.is_file() or folder == Path.cwd() or _holds_something_else(folder):
        raise NotReplaceable(f"{folder} holds something else; the site needs a folder of its own.")
    with storage("written", caught=OSError):
        return _write_site(gallery, page, folder, card)


def _holds_something_else(folder: Path) -> bool:
    return folder.exists() and any(folder.iterdir()) and not (folder / _API / "gallery").is_file()


def _write_site(gallery: Gallery, page: Path, folder: Path, card: Wire) -> int:
    temporary = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.partial")
    earlier = folder.with_name(f"{temporary.name}.replaced")
    try:
        shutil.copytree(page, temporary, ignore=shutil.ignore_patterns(*(f"*{suffix}" for suffix in _COMPRESSED)))
        shell = sorted(str(path.relative_to(temporary)) for path in temporary.rglob("*") if path.is_file())
        traces = _write_gallery(gallery, temporary / _API)
        version = _digest(temporary)
        (temporary / _SHELL).write_text(json.dumps(shell), "utf-8")
        _write(temporary / _API / "model", {**card, "service_worker": f"{_WORKER}?version={version}"})
        _bring_along(temporary, ("model", "gallery"))
        if folder.exists():
            folder.rename(earlier)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    shutil.rmtree(earlier, ignore_errors=True)
    return traces


def _write_gallery(gallery: Gallery, api: Path) -> int:
    api.mkdir()
    index = gallery.index()
    _write(api / "gallery", index)
    _write(api / "pictures", clip_pictures_payload(gallery))
    for listing in index["traces"]:
        _write_bundle(gallery, listing["id"], api / "traces" / listing["id"] / "files")
    _write_planes(gallery, index, api / "trajectories")
    return len(index["traces"])


def _write_bundle(gallery: Gallery, trace_id: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in gallery.store.files(trace_id):
        (folder / name).write_bytes(gallery.store.read(trace_id, name))


def _write_planes(gallery: Gallery, index: Wire, folder: Path) -> None:
    """The maps of every two runs that belong to a pair, which a page without a server cannot lay out."""
    opened = functools.cache(gallery.store.open)
    for ids in map(sorted, _paired(index)):
        for method in available_methods():
            _write(
                folder / "-".join(ids) / method, trajectory_payload(opened, background_of(gallery, ids), ids, method)
            )


def _paired(index: Wire) -> Iterator[tuple[str, str]]:
    """Ids of two runs with the prompts of a pair and one set of settings."""
    by_request = {_named(listing["request"]): listing["id"] for listing in index["traces"]}
    requests = {listing["id"]: listing["request"] for listing in index["traces"]}
    for pair in index["pairs"]:
        a, b = (requests[pair[side]]["prompt"] for side in ("a", "b"))
        for request in requests.values():
            other = by_request.get(_named({**request, "prompt": b}))
            if request["prompt"] == a and other:
                yield by_request[_named(request)], other


def _named(request: Wire) -> str:
    return json.dumps(request, sort_keys=True)


def _bring_along(site: Path, names: tuple[str, ...]) -> None:
    """Puts the answers that every visit needs into the page: two requests less, and never older than it."""
    answers = {name: json.loads((site / _API / name).read_text("utf-8")) for name in names}
    text = json.dumps(answers, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    page = site / "index.html"
    script = f'<script type="application/json" id="answers">{text}</script>'
    page.write_text(page.read_text("utf-8").replace("</body>", f"{script}</body>"), "utf-8")


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        total.update(f"{path.relative_to(folder)}\n".encode() + path.read_bytes())
    return total.hexdigest()[:16]


def _write(path: Path, wire: Wire) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(wire, ensure_ascii=False, separators=(",", ":")), "utf-8")
