"""What interrupted writers left goes after an hour; nothing else does."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from diffusion_explainer.storage.bundle_format import FILES, INDEX
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.traces.trace import Trace

from .conftest import larger, numbered

TWO_HOURS = 7200


@pytest.fixture(params=["memory", "s3"])
def objects(request: pytest.FixtureRequest) -> BundleStore:
    store = BundleStore("memory://leftovers" if request.param == "memory" else request.getfixturevalue("s3"))
    with suppress(FileNotFoundError):
        store.filesystem.rm(store.root, recursive=True)
    return store


def die_before_the_index(store: BundleStore, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there when a writer is killed: all but the index, and nobody who removes it."""

    pipe_file = store.filesystem.pipe_file

    def killed(path: str, *args: Any, **kwargs: Any) -> None:
        if path.endswith(INDEX):
            raise KeyboardInterrupt
        pipe_file(path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(store.filesystem, "pipe_file", killed)
        patch.setattr(store.filesystem, "rm_file", None)
        with pytest.raises(KeyboardInterrupt):
            store.save(trace)


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time() + TWO_HOURS
    monkeypatch.setattr(time, "time", lambda: now)


def test_objects_that_no_index_names_go_after_an_hour(
    objects: BundleStore, stored: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for trace in (stored, numbered(stored, 1)):
        die_before_the_index(objects, trace, monkeypatch)
    objects.save(larger(stored, 1))
    objects.sweep()
    assert len(objects.filesystem.find(objects.root)) == 3 * len(FILES) - 2
    later(monkeypatch)
    objects.sweep()
    assert len(objects.filesystem.find(objects.root)) == len(FILES)
    assert objects.open(stored.id).picture_png == larger(stored, 1).picture_png


def test_what_was_set_aside_is_kept(objects: BundleStore, stored: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    objects.save(stored)
    objects.set_aside(stored.id)
    kept = objects.filesystem.find(objects.root)
    later(monkeypatch)
    objects.sweep()
    assert objects.filesystem.find(objects.root) == kept


def test_a_bundle_without_a_folder_of_its_own_is_kept(
    objects: BundleStore, stored: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_disk = BundleStore(tmp_path)
    on_disk.save(stored)
    objects.filesystem.put(str(tmp_path / stored.id), f"{objects.root}/{stored.id}", recursive=True)
    die_before_the_index(objects, numbered(stored, 1), monkeypatch)
    later(monkeypatch)
    objects.sweep()
    assert objects.filesystem.exists(f"{objects.root}/{stored.id}/{INDEX}")
    assert objects.open(stored.id).picture_png == stored.picture_png


def test_a_storage_that_cannot_be_listed_stops_nobody(
    objects: BundleStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(objects.filesystem, "find", None)
    objects.sweep()
    assert "cannot be looked for" in caplog.text
