import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from diffusion_explainer import open_trace
from diffusion_explainer.errors import BundleDamaged, InvalidRequest, NotInstalled, TraceNotFound
from diffusion_explainer.storage.formats import FORMATS, file_name, suffix_of
from diffusion_explainer.traces.trace import Trace


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_what_its_suffix_says(trace: Trace, tmp_path: Path, suffix: str) -> None:
    marks = {
        "png": (0, b"\x89PNG"),
        "webp": (8, b"WEBP"),
        "gif": (0, b"GIF89a"),
        "mp4": (4, b"ftyp"),
        "html": (0, b"<!doctype html>"),
        "json": (0, b'{"'),
        "safetensors": (8, b'{"'),
        "zip": (0, b"PK\x03\x04"),
    }
    place, mark = marks[suffix]
    written = trace.export(tmp_path / f"run.{suffix}")
    assert written.read_bytes()[place:].startswith(mark)


def test_an_unknown_format_names_those_that_are_known(trace: Trace, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"format is 'bmp'.*png, webp"):
        trace.export(tmp_path / "run.bmp")
    assert not list(tmp_path.iterdir())


def test_a_film_is_refused_before_anything_is_written_where_its_encoder_is_missing(
    trace: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(NotInstalled, match="video"):
        suffix_of(tmp_path / "run.mp4")
    with pytest.raises(NotInstalled, match="video"):
        trace.export(tmp_path / "run.mp4")
    assert not list(tmp_path.iterdir())


def test_json_and_tensors_are_those_of_the_bundle(trace: Trace, tmp_path: Path) -> None:
    document = json.loads(trace.export(tmp_path / "run.json").read_text())
    tensors = safetensors.numpy.load(trace.export(tmp_path / "run.safetensors").read_bytes())
    assert document["id"] == trace.id
    assert document["arrays"]["names"] == {name: list(array.shape) for name, array in tensors.items()}
    np.testing.assert_allclose(tensors["latents"], trace.latents, rtol=1e-3, atol=1e-3)


def test_a_zip_opens_as_the_folder_does(trace: Trace, tmp_path: Path) -> None:
    zipped, folder = open_trace(trace.export(tmp_path / "run.zip")), open_trace(trace.save(tmp_path / "run"))
    np.testing.assert_array_equal(zipped.latents, folder.latents)
    for name in ("noise_unconditional", "noise_conditional", "noise_guided", "attention"):
        np.testing.assert_array_equal(zipped.stacked(name), folder.stacked(name))
    assert (zipped.request, zipped.picture_png) == (trace.request, trace.picture_png)


def test_a_zip_unpacks_into_a_folder_named_by_the_id(trace: Trace, tmp_path: Path) -> None:
    zipfile.ZipFile(trace.export(tmp_path / "run.zip")).extractall(tmp_path)
    assert open_trace(tmp_path / trace.id).id == trace.id


def test_a_zip_that_is_none_or_holds_something_else_says_so(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK, but no more")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("thesis.txt", "precious")
    with pytest.raises(BundleDamaged):
        open_trace(tmp_path / "broken.zip")
    for name in ("other.zip", "nowhere.zip"):
        with pytest.raises(TraceNotFound):
            open_trace(tmp_path / name)


def test_a_file_is_called_by_the_prompt_and_the_id(trace: Trace) -> None:
    assert file_name(trace, "png") == f"a-cute-rabbit-in-space-pixel-art-{trace.id}.png"
