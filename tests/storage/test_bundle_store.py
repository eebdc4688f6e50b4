import dataclasses
import json
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

import diffusion_explainer as dx
from diffusion_explainer.errors import BundleDamaged, BundleTooNew, FileNotInBundle, NotReplaceable, TraceNotFound
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_format import FILES
from diffusion_explainer.storage.bundle_store import BundleStore, open_trace, save_trace
from diffusion_explainer.traces import diffusion
from diffusion_explainer.traces.step import recombined
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing.generate import generate
from diffusion_explainer.tracing.models import Model

TENSORS = ("latent", "noise_unconditional", "noise_conditional", "noise_guided", "next_latent", "predicted_latent")


def assert_equal(one: Trace, other: Trace, *, rtol: float = 0.0) -> None:
    for field in dataclasses.fields(one):
        if field.name in ("steps", "latent_pictures", "predicted_pictures"):
            continue
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
        else:
            assert a == b
    for a, b in zip(one.steps, other.steps, strict=True):
        assert a.coefficients == b.coefficients
        assert (a.step, a.timestep, a.sigma) == (b.step, b.timestep, b.sigma)
        for name in TENSORS:
            np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=rtol, atol=20 * rtol)
        assert a.predicted_picture.tobytes() == b.predicted_picture.tobytes()


def test_an_exact_bundle_gives_back_every_bit(trace: Trace, tmp_path: Path) -> None:
    trace.save(tmp_path / "run", exact=True)
    assert_equal(trace, open_trace(tmp_path / "run"))


def test_a_half_precision_bundle_is_close_and_stable(trace: Trace, tmp_path: Path) -> None:
    trace.save(tmp_path / "one")
    once = open_trace(tmp_path / "one")
    assert_equal(trace, once, rtol=1e-3)
    shares = trace.stacked("attention")
    stored = once.stacked("attention")
    assert stored is not None
    assert shares is not None
    np.testing.assert_allclose(stored, shares, atol=shares.max() / 255)
    for sheet in ("latent_pictures", "predicted_pictures"):
        assert getattr(once, sheet).encoded == getattr(trace, sheet).encoded
    once.save(tmp_path / "two")
    assert_equal(once, open_trace(tmp_path / "two"))


@pytest.mark.parametrize("guidance_scale", [0.0, 1.0, 20.0])
def test_the_equations_hold_in_a_half_precision_bundle(storybook: Model, tmp_path: Path, guidance_scale: float) -> None:
    request = TraceRequest(prompt="a rabbit", negative_prompt="a cat", guidance_scale=guidance_scale, steps=3)
    drawn = generate(storybook, request.branched(2, guidance_scale=7.0))
    drawn.save(tmp_path / "run")
    stored = open_trace(tmp_path / "run")
    for k, step in enumerate(stored.steps):
        w = request.guidance_scale if k < 2 else 7.0
        guided = diffusion.guided(step.noise_unconditional, step.noise_conditional, w)
        assert diffusion.relative_distance(step.noise_guided, guided) < 1e-3
        assert diffusion.relative_distance(step.noise_conditional, drawn.steps[k].noise_conditional) < 1e-3
        assert diffusion.relative_distance(recombined(stored.steps, k), step.next_latent) < 1e-3


@pytest.mark.model
def test_fresh_noise_is_stored_though_the_last_step_adds_none(tmp_path: Path) -> None:
    dx.trace("a red apple", steps=3, scheduler="euler_ancestral").save(tmp_path / "run")
    stored = open_trace(tmp_path / "run")
    assert "added_noise" not in stored.steps[-1].coefficients
    for k, step in enumerate(stored.steps):
        assert diffusion.relative_distance(recombined(stored.steps, k), step.next_latent) < 1e-3


def test_bundles_live_on_any_filesystem(trace: Trace) -> None:
    trace.save("memory://runs/one")
    assert_equal(trace, open_trace("memory://runs/one"), rtol=1e-3)
    stored = [path.rpartition("/")[2] for path in fsspec.filesystem("memory").find("/runs")]
    assert sorted(stored) == sorted(FILES)


def test_saving_again_replaces_the_bundle(trace: Trace, tmp_path: Path) -> None:
    trace.save(tmp_path / "run")
    trace.save(tmp_path / "run", exact=True)
    assert json.loads((tmp_path / "run" / "trace.json").read_text())["arrays"]["dtype"] == "float32"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_saving_never_overwrites_a_folder_of_something_else(trace: Trace, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(NotReplaceable, match="folder of its own"):
        trace.save(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_a_write_that_dies_leaves_no_bundle(trace: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = BundleStore(tmp_path)
    pipe_file = type(store.filesystem).pipe_file

    def fail_at_the_index(self: Any, path: str, *args: Any, **kwargs: Any) -> None:
        if path.endswith("trace.json"):
            raise OSError("disk full")
        pipe_file(self, path, *args, **kwargs)

    monkeypatch.setattr(type(store.filesystem), "pipe_file", fail_at_the_index)
    with pytest.raises(OSError, match="disk full"):
        store.save(trace)
    assert store.ids() == []
    assert not list(tmp_path.iterdir())


def test_what_a_killed_writer_left_is_swept_and_what_is_being_written_is_not(trace: Trace, tmp_path: Path) -> None:
    store = BundleStore(tmp_path)
    store.save(trace)
    abandoned, fresh = (tmp_path / f"{trace.id}.{letter * 32}.partial" for letter in "ab")
    for folder in (abandoned, fresh, tmp_path / "notes.partial"):
        folder.mkdir()
        (folder / "picture.png").write_bytes(b"half")
    yesterday = time.time() - 86400
    for folder in (abandoned, tmp_path / "notes.partial"):
        os.utime(folder, (yesterday, yesterday))
    store.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == [trace.id, fresh.name, "notes.partial"]


def test_in_object_storage_there_is_no_bundle_before_its_index(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    store = BundleStore("memory://dying")
    pipe_file = type(store.filesystem).pipe_file

    def fail_at_the_index(self: Any, path: str, *args: Any, **kwargs: Any) -> None:
        if path.endswith("trace.json"):
            raise OSError("the machine is gone")
        pipe_file(self, path, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(type(store.filesystem), "pipe_file", fail_at_the_index)
        with pytest.raises(OSError, match="gone"):
            store.save(trace)
    assert store.ids() == []
    store.save(trace)
    assert_equal(trace, store.open(trace.id), rtol=1e-3)


def test_in_object_storage_a_bundle_of_lost_files_has_no_index(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    store = BundleStore("memory://losing")

    def fail(self: Any, files: dict[str, bytes]) -> None:
        raise OSError("the line is cut")

    with monkeypatch.context() as patch:
        patch.setattr(type(store.filesystem), "pipe", fail)
        with pytest.raises(OSError, match="cut"):
            store.save(trace)
    assert store.ids() == []


def test_writers_of_one_trace_all_succeed(trace: Trace, tmp_path: Path) -> None:
    store, start = BundleStore(tmp_path), threading.Barrier(8)

    def save() -> None:
        start.wait()
        save_trace(trace, f"{tmp_path}/{trace.id}")

    with ThreadPoolExecutor(8) as writers:
        for written in [writers.submit(save) for _ in range(8)]:
            written.result()
    assert [path.name for path in tmp_path.iterdir()] == [trace.id]
    assert sorted(path.name for path in (tmp_path / trace.id).iterdir()) == sorted(store.files(trace.id))
    assert_equal(trace, store.open(trace.id), rtol=1e-3)


def test_a_newer_version_is_refused_by_name(trace: Trace, tmp_path: Path) -> None:
    trace.save(tmp_path / "run")
    index = tmp_path / "run" / "trace.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), "version": 99}))
    with pytest.raises(BundleTooNew, match="99"):
        open_trace(tmp_path / "run")


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_bytes(b"half")])
def test_a_damaged_bundle_says_which_file(trace: Trace, tmp_path: Path, damage: Callable[[Path], object]) -> None:
    trace.save(tmp_path / "run")
    damage(tmp_path / "run" / "arrays.safetensors")
    with pytest.raises(BundleDamaged, match=r"arrays\.safetensors"):
        open_trace(tmp_path / "run")


@pytest.mark.parametrize("trace_id", ["", "..", "../secret", "0123456789abcdef/..", "%2e%2e", "f" * 16])
def test_only_ids_of_bundles_are_found(trace: Trace, tmp_path: Path, trace_id: str) -> None:
    store = BundleStore(tmp_path / "runs")
    store.save(trace)
    with pytest.raises(TraceNotFound):
        store.open(trace_id)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "trace.json.bak", "/etc/passwd"])
def test_only_files_of_a_bundle_are_read(trace: Trace, tmp_path: Path, name: str) -> None:
    store = BundleStore(tmp_path)
    store.save(trace)
    with pytest.raises(FileNotInBundle):
        store.read(trace.id, name)


def test_a_deleted_bundle_is_gone(trace: Trace, tmp_path: Path) -> None:
    store = BundleStore(tmp_path)
    store.save(trace)
    store.delete(trace.id)
    assert not store.has(trace.id)
    assert not list(tmp_path.iterdir())
