import dataclasses
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from diffusion_explainer.errors import BundleDamaged, InvalidRequest
from diffusion_explainer.gallery.build import Failure, gather, precompute
from diffusion_explainer.gallery.index import Gallery, Wire
from diffusion_explainer.gallery.spec import GallerySpec
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing import generate as drawing
from diffusion_explainer.tracing.models import Model

LIST = """
settings: {seed: [1, 2], steps: 2}
starter: {seed: 1}
pairs:
  - {title: pixel or ink, a: "a rabbit, pixel art", b: "a rabbit, ink drawing"}
  - {title: snow or forest, a: a fox in the snow, b: a fox in a forest}
"""


@pytest.fixture
def spec(tmp_path: Path) -> GallerySpec:
    path = tmp_path / "gallery.yaml"
    path.write_text(LIST)
    return GallerySpec.read(path)


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    return BundleStore(str(tmp_path / "made"))


def digest(store: BundleStore) -> str:
    """One hash over all that a store holds, but for when and how fast it was drawn."""
    total = hashlib.sha256()
    for path in sorted(path for path in Path(store.root).rglob("*") if path.is_file()):
        content = path.read_bytes() if path.name != "trace.json" else _without_times(path)
        total.update(f"{path.relative_to(store.root)}\n".encode() + content)
    return total.hexdigest()


def _without_times(path: Path) -> bytes:
    document = json.loads(path.read_text())
    rows = [{**row, "seconds": 0} for row in document["steps"]]
    return json.dumps({**document, "steps": rows, "seconds": 0, "created": ""}).encode()


def test_the_starter_is_made_unless_everything_is_asked_for(
    spec: GallerySpec, storybook: Model, store: BundleStore
) -> None:
    precompute(spec, storybook, store)
    assert {entry["request"]["seed"] for entry in Gallery(store.root).index()["traces"]} == {1}
    assert len(Gallery(store.root).index()["pairs"]) == 2
    precompute(spec, storybook, store, everything=True)
    assert len(Gallery(store.root).index()["traces"]) == len(store.ids()) == 8


def test_a_gallery_that_was_interrupted_ends_up_equal_to_one_that_was_not(
    spec: GallerySpec, storybook: Model, store: BundleStore, tmp_path: Path
) -> None:
    class Interrupted(BundleStore):
        """Is stopped, as by Ctrl-C, in the middle of the second batch."""

        def save(self, trace: Trace, *, exact: bool = False) -> None:
            if len(self.ids()) == 6:
                raise KeyboardInterrupt
            super().save(trace, exact=exact)

    with pytest.raises(KeyboardInterrupt):
        precompute(spec, storybook, Interrupted(store.root), everything=True)
    kept = {path: path.stat().st_mtime_ns for path in Path(store.root).glob("*/*")}
    precompute(spec, storybook, store, everything=True)
    at_once = BundleStore(str(tmp_path / "at once"))
    precompute(spec, storybook, at_once, everything=True)
    assert digest(store) == digest(at_once)
    assert kept == {path: path.stat().st_mtime_ns for path in kept}


def test_making_it_again_draws_nothing(
    spec: GallerySpec, storybook: Model, store: BundleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    precompute(spec, storybook, store)
    monkeypatch.setattr(drawing, "generate_all", None)
    assert precompute(spec, storybook, store) == []


def kept(store: BundleStore) -> set[str]:
    """The ids of a gallery, where each bundle is listed."""
    listed = {listing["id"] for listing in Gallery(store.root).index()["traces"]}
    assert listed == set(store.ids())
    return listed


def test_what_the_list_no_longer_names_stays_there_and_listed(
    spec: GallerySpec, storybook: Model, store: BundleStore
) -> None:
    precompute(spec, storybook, store, everything=True)
    earlier = kept(store)
    spec.entries, spec.pairs = spec.entries[:3], []
    precompute(spec, storybook, store, everything=True)
    assert kept(store) == earlier
    assert len(Gallery(store.root).index()["pairs"]) == 2


def test_another_model_takes_nothing_from_a_gallery(spec: GallerySpec, storybook: Model, store: BundleStore) -> None:
    precompute(spec, storybook, store)
    other = dataclasses.replace(storybook.card, fingerprint="another")
    told: list[Any] = []
    gather(spec, other, store, lambda batches: [], on_prune=told.extend)
    assert len(kept(store)) == 4
    gather(GallerySpec(), other, store, lambda batches: [], on_prune=told.extend)
    assert len(kept(store)) == 4
    assert told == []


def test_pruning_says_what_it_deletes_and_leaves_what_it_never_named(
    spec: GallerySpec, storybook: Model, store: BundleStore, trace: Trace
) -> None:
    precompute(spec, storybook, store, everything=True)
    store.save(trace)
    there = store.ids()
    told: list[str] = []

    def on_prune(listings: Sequence[Wire]) -> None:
        assert store.ids() == there
        told.extend(listing["id"] for listing in listings)

    spec.entries, spec.pairs, spec.examples = spec.entries[:3], spec.pairs[:1], ["a panda"]
    precompute(spec, storybook, store, everything=True, on_prune=on_prune)
    named = {entry.request.id_for(storybook.card.fingerprint) for entry in spec.entries}
    assert set(store.ids()) == {trace.id, *named}
    assert len(told) == 5
    index = Gallery(store.root).index()
    assert {listing["id"] for listing in index["traces"]} == named
    assert (len(index["pairs"]), index["examples"]) == (1, ["a panda"])


@pytest.mark.parametrize("fault", ["an entry is rejected", "an entry fails", "all are rejected"])
def test_nothing_is_deleted_where_something_failed(
    spec: GallerySpec, storybook: Model, store: BundleStore, fault: str
) -> None:
    precompute(spec, storybook, store)
    if fault != "an entry fails":
        spec.rejected.append(InvalidRequest("seed", -1, "must be 0 or more"))
    spec.entries = [] if fault == "all are rejected" else spec.entries[:1]
    failures = [Failure("here", "disk full")] if fault == "an entry fails" else []
    gather(spec, storybook.card, store, lambda batches: failures, on_prune=lambda listings: pytest.fail(str(listings)))
    assert len(kept(store)) == 4


def test_an_index_that_cannot_be_read_stops_before_it_is_replaced(
    spec: GallerySpec, storybook: Model, store: BundleStore
) -> None:
    Path(store.root).mkdir()
    index = Path(store.root) / "index.json"
    for broken in ("[", "[]", '{"traces": [{}], "pairs": [], "examples": []}', "[" * 200_000):
        index.write_text(broken)
        with pytest.raises(BundleDamaged, match=r"index\.json"):
            precompute(spec, storybook, store)
        assert index.read_text() == broken


def test_one_entry_that_cannot_be_drawn_fails_alone(
    spec: GallerySpec, storybook: Model, store: BundleStore, tmp_path: Path
) -> None:
    beyond = "prompts: [{title: Beyond the end, prompt: an owl, branched_from: [[{step: 9, prompt: a cat}]]}]"
    (tmp_path / "gallery.yaml").write_text(f"{LIST}{beyond}\n")
    spec = GallerySpec.read(tmp_path / "gallery.yaml")
    failed = precompute(spec, storybook, store)
    assert [failure.place for failure in failed] == ["prompt 'Beyond the end'"]
    assert "branched_from.0.step is 9" in failed[0].reason
    assert len(store.ids()) == 4
