"""A stored trace that is damaged is generated again, and no answer tells where it lies."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.bundle_format import ARRAYS, ATTENTION
from diffusion_explainer.tracing.models import Model

REQUEST = {"prompt": "a rabbit", "steps": 1}


@pytest.fixture
def api(storybook: Model, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a server with a store of its own, in `tmp_path / "store"`."""
    settings = Settings.read(store=str(tmp_path / "store"), gallery=str(tmp_path / "gallery"))
    with serving(create_app(settings, load=lambda: storybook)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def stored(api: httpx.Client, folder: Path) -> Path:
    """The folder of the run's bundle, once it is there."""
    answer = api.post("/api/traces", json=REQUEST).json()
    while answer["status"] != "done":
        time.sleep(0.05)
        answer = api.post("/api/traces", json=REQUEST).json()
    return folder / "store" / str(answer["id"])


@pytest.mark.parametrize("size", ["empty", "the same"])
def test_a_damaged_trace_is_generated_again(api: httpx.Client, tmp_path: Path, size: str) -> None:
    arrays = stored(api, tmp_path) / ARRAYS
    whole = arrays.read_bytes()
    arrays.write_bytes(b"" if size == "empty" else b"x" * len(whole))
    answer = api.get(f"/api/traces/{arrays.parent.name}/steps/0")
    assert (answer.status_code, answer.json()["title"]) == (500, "The stored trace cannot be read")
    assert str(tmp_path) not in answer.text
    assert api.get(f"/api/traces/{arrays.parent.name}/steps/0").status_code == 404
    assert stored(api, tmp_path) == arrays.parent
    assert api.get(f"/api/traces/{arrays.parent.name}/steps/0").status_code == 200
    assert arrays.read_bytes() == whole


def test_a_file_that_a_bundle_lacks_is_not_there(api: httpx.Client, tmp_path: Path) -> None:
    (stored(api, tmp_path) / ATTENTION).unlink()
    (folder,) = (tmp_path / "store").iterdir()
    files = f"/api/traces/{folder.name}/files"
    assert api.get(f"{files}/{ATTENTION}").status_code == 404
    assert api.get(f"{files}/{ARRAYS}").status_code == 200
    assert api.post("/api/traces", json=REQUEST).json()["status"] == "done"


def test_a_store_that_cannot_be_written_ends_the_run_with_the_reason(
    api: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, **kwargs: object) -> None:
        raise OSError(28, "No space left on device", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", full)
        trace_id = api.post("/api/traces", json=REQUEST).json()["id"]
        events = api.get(f"/api/traces/{trace_id}/events").text
    assert "failed" in events
    assert "The storage cannot be written: the disk is full." in events
    assert str(tmp_path) not in events
    assert stored(api, tmp_path).is_dir()
