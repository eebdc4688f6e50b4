from pathlib import Path

import pytest

from diffusion_explainer import resources
from diffusion_explainer.bundle import BundleStore
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.gallery import Gallery, GalleryList, precompute

LIST = """
settings: {seed: 3, steps: 2}
traces:
  pixel: {title: In pixels, prompt: "a rabbit, pixel art"}
  ink: {prompt: "a rabbit, ink drawing"}
pairs: [{title: pixel or ink, a: pixel, b: ink}]
examples: [a panda]
"""


@pytest.fixture
def contents(tmp_path):
    path = tmp_path / "gallery.yaml"
    path.write_text(LIST)
    return GalleryList.read(path)


@pytest.fixture
def store(tmp_path):
    return BundleStore(str(tmp_path / "made"))


def test_the_list_is_read_with_its_settings(contents):
    assert [entry.request.seed for entry in contents.entries] == [3, 3]
    assert [entry.title for entry in contents.entries] == ["In pixels", "a rabbit, ink drawing"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [("steps: 2", "steps: 0", "pixel: steps"), ("b: ink", "b: oil", "oil"), ("traces:", "tracks:", "traces")],
)
def test_a_list_that_cannot_be_used_names_the_place(tmp_path, before, after, told):
    path = tmp_path / "gallery.yaml"
    path.write_text(LIST.replace(before, after))
    with pytest.raises(InvalidRequest, match=told):
        GalleryList.read(path)


def test_what_is_made_is_found_by_its_request(contents, storybook, store):
    precompute(contents, storybook, store)
    gallery = Gallery(store.root)
    assert [listing["title"] for listing in gallery.index()["traces"]] == ["In pixels", "a rabbit, ink drawing"]
    assert gallery.find(contents.entries[1].request) == gallery.index()["pairs"][0]["b"]
    assert gallery.index()["examples"] == ["a panda"]


def test_making_it_again_makes_nothing_and_drops_what_the_list_no_longer_names(contents, storybook, store, trace):
    precompute(contents, storybook, store)
    store.save(trace)
    written = _times_of_writing(store)
    precompute(contents, storybook, store)
    assert written.pop(trace.id)
    assert _times_of_writing(store) == written


def _times_of_writing(store):
    return {path.parent.name: path.stat().st_mtime_ns for path in Path(store.root).glob("*/trace.json")}


def test_a_trace_that_is_missing_is_not_listed_nor_its_pair(contents, storybook, store):
    precompute(contents, storybook, store)
    gallery = Gallery(store.root)
    store.delete(gallery.index()["pairs"][0]["a"])
    assert len(gallery.index()["traces"]) == 1
    assert gallery.index()["pairs"] == []


def test_a_folder_without_a_gallery_is_an_empty_one(tmp_path):
    assert Gallery(str(tmp_path)).index() == {"traces": [], "pairs": [], "examples": []}


def test_the_embedded_list_opens_with_the_rabbit_and_pairs_share_all_but_the_prompt():
    contents = GalleryList.read(resources.gallery_list())
    assert contents.entries[0].request.prompt == "a cute rabbit in space, pixel art"
    assert contents.entries[0].request.seed == 3
    requests = {entry.name: entry.request for entry in contents.entries}
    assert len(contents.pairs) >= 2
    for pair in contents.pairs:
        a, b = requests[pair.a].model_dump(), requests[pair.b].model_dump()
        assert {name for name in a if a[name] != b[name]} == {"prompt"}
