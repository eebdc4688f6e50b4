import errno
import json
import os
from pathlib import Path

import pytest

import diffusion_explainer as dx
from diffusion_explainer.analysis import projection
from diffusion_explainer.engine.protocol import ModelStatus
from diffusion_explainer.errors import NotReplaceable, StorageError
from diffusion_explainer.gallery.index import Gallery
from diffusion_explainer.gallery.static_site import export
from diffusion_explainer.server.routes.model import server_card
from diffusion_explainer.storage.bundle_store import BundleStore, open_trace
from diffusion_explainer.traces.trace import Trace

CARD = server_card(ModelStatus("replay"))


@pytest.fixture
def page(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "index.html").write_text("<title>Diffusion Explainer</title>")
    return folder


@pytest.fixture
def gallery(tmp_path: Path, trace: Trace) -> Gallery:
    folder = tmp_path / "gallery"
    BundleStore(folder).save(trace)
    listing = {"id": trace.id, "request": trace.request.model_dump(), "title": "a rabbit", "model": "Storybook"}
    pairs = [{"title": "itself", "a": trace.id, "b": trace.id}, {"title": "missing", "a": trace.id, "b": "f" * 16}]
    index = {"traces": [listing, {**listing, "id": "f" * 16}], "pairs": pairs, "examples": []}
    (folder / "index.json").write_text(json.dumps(index))
    return Gallery(str(folder))


def test_the_site_has_the_page_and_the_answers_of_the_api(
    gallery: Gallery, page: Path, tmp_path: Path, trace: Trace
) -> None:
    assert export(gallery, page, tmp_path / "site", CARD) == 1
    api = tmp_path / "site" / "api"
    assert json.loads((api / "model").read_text())["status"] == "replay"
    assert [one["id"] for one in json.loads((api / "gallery").read_text())["traces"]] == [trace.id]
    assert trace.clip_embeddings is not None
    (picture,) = json.loads((api / "pictures").read_text())["pictures"]
    assert (picture["id"], picture["prompt"]) == (trace.id, trace.request.prompt)
    assert picture["clip_embeddings"] == trace.clip_embeddings.to_wire()
    assert open_trace(api / "traces" / trace.id / "files").picture_png == trace.picture_png


@pytest.mark.parametrize("method", projection.available_methods())
def test_the_site_has_the_maps_of_its_pairs(
    gallery: Gallery, page: Path, tmp_path: Path, trace: Trace, method: str
) -> None:
    export(gallery, page, tmp_path / "site", CARD)
    (folder,) = (tmp_path / "site" / "api" / "trajectories").iterdir()
    stored = open_trace(tmp_path / "site" / "api" / "traces" / trace.id / "files")
    found = dx.trajectories([stored, stored], method=method).to_wire()
    assert (folder.name, json.loads((folder / method).read_text())) == (f"{trace.id}-{trace.id}", found)


def test_an_earlier_site_is_replaced_whole(gallery: Gallery, page: Path, tmp_path: Path) -> None:
    export(gallery, page, tmp_path / "site", CARD)
    (tmp_path / "site" / "old.js").write_text("")
    export(gallery, page, tmp_path / "site", CARD)
    assert not (tmp_path / "site" / "old.js").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dist", "gallery", "site"]


def test_a_folder_of_something_else_is_left_alone(gallery: Gallery, page: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "thesis.txt").write_text("precious")
    with pytest.raises(NotReplaceable, match="thesis"):
        export(gallery, page, tmp_path / "thesis", CARD)
    assert (tmp_path / "thesis" / "thesis.txt").read_text() == "precious"


def test_a_page_that_was_not_built_is_asked_for(gallery: Gallery, tmp_path: Path) -> None:
    with pytest.raises(NotReplaceable, match="make setup"):
        export(gallery, tmp_path / "nothing", tmp_path / "site", CARD)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("name", [".", "..", "file"])
def test_a_folder_that_cannot_be_replaced_is_refused(
    gallery: Gallery, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("file").write_text("") if name == "file" else None
    with pytest.raises(NotReplaceable, match="a folder of its own"):
        export(gallery, page, Path(name), CARD)
    assert (tmp_path / "here").is_dir()


def test_a_disk_that_is_full_says_so_and_leaves_the_earlier_site(
    gallery: Gallery, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(gallery, page, tmp_path / "site", CARD)

    def full(self: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="the disk is full"):
        export(gallery, page, tmp_path / "site", CARD)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dist", "gallery", "site"]
    assert (tmp_path / "site" / "api" / "gallery").is_file()
