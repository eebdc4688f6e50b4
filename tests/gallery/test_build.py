import hashlib
import json
from pathlib import Path

import pytest

from diffusion_explainer.gallery.build import precompute
from diffusion_explainer.gallery.index import Gallery
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
    monkeypatch.setattr(drawing, "generate_batch", None)
    assert precompute(spec, storybook, store) == []


def test_what_the_list_no_longer_names_goes_and_what_it_never_named_stays(
    spec: GallerySpec, storybook: Model, store: BundleStore, trace: Trace
) -> None:
    precompute(spec, storybook, store, everything=True)
    store.save(trace)
    spec.entries = spec.entries[:3]
    precompute(spec, storybook, store, everything=True)
    assert set(store.ids()) == {trace.id, *(e.request.id_for(storybook.card.fingerprint) for e in spec.entries)}


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
