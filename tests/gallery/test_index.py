import json
from pathlib import Path

import pytest

from diffusion_explainer.gallery.index import Gallery, index_of, write_index
from diffusion_explainer.gallery.spec import GallerySpec
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.traces.trace import Trace

LIST = """
pairs: [{title: a rabbit or none, a: "a cute rabbit in space, pixel art", b: "space, pixel art"}]
settings: {seed: 3, steps: 4}
examples: [a panda]
"""


@pytest.fixture
def gallery(tmp_path: Path, trace: Trace) -> Gallery:
    """A list of two, of which one is there."""
    path = tmp_path / "gallery.yaml"
    path.write_text(LIST)
    spec, store = GallerySpec.read(path), BundleStore(str(tmp_path / "made"))
    store.save(trace)
    write_index(store, index_of(spec, spec.entries, trace.model))
    return Gallery(store.root)


def test_a_trace_is_found_by_its_request(gallery: Gallery, trace: Trace) -> None:
    assert gallery.find(trace.request) == trace.id
    assert gallery.find(trace.request.model_copy(update={"seed": 4})) is None


def test_a_listing_says_what_was_asked_and_which_model_answered(gallery: Gallery, trace: Trace) -> None:
    (listing,) = gallery.index()["traces"]
    assert listing["request"] == trace.request.model_dump()
    assert listing["fingerprint"] == trace.model.fingerprint


def test_a_trace_that_is_missing_is_not_listed_nor_its_pair(gallery: Gallery, trace: Trace) -> None:
    assert len(json.loads(gallery.store.filesystem.cat_file(f"{gallery.store.root}/index.json"))["pairs"]) == 1
    assert [listing["id"] for listing in gallery.index()["traces"]] == [trace.id]
    assert gallery.index()["pairs"] == []
    assert gallery.index()["examples"] == ["a panda"]


def test_a_folder_without_a_gallery_is_an_empty_one(tmp_path: Path) -> None:
    assert Gallery(str(tmp_path)).index() == {"traces": [], "pairs": [], "examples": []}
