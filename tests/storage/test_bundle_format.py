"""Bundles of every version are read."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from diffusion_explainer.errors import BundleDamaged
from diffusion_explainer.storage.bundle_format import INDEX, VERSION, files_of, upgraded
from diffusion_explainer.storage.bundle_store import BundleStore, open_trace
from diffusion_explainer.traces.trace import Trace

FIRST = Path(__file__).parent / "version-1"  # written by the code of that time, two steps of Storybook


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((FIRST / INDEX).read_text())
    assert stored["version"] == 1
    return stored


@pytest.fixture(scope="module")
def first() -> Trace:
    return open_trace(FIRST)


def test_a_bundle_of_version_1_opens_with_everything_it_holds(first: Trace, document: dict[str, Any]) -> None:
    assert (first.id, first.request.model_dump()) == (document["id"], document["request"])
    assert first.clip_embeddings is not None
    assert first.clip_embeddings.to_wire() == document["meeting"]
    for step, row in zip(first.steps, document["steps"], strict=True):
        assert step.clip_similarity is not None
        assert (step.clip_similarity.latent, step.clip_similarity.predicted) == tuple(row["match"].values())
        assert (step.coefficients, step.timestep, step.residual) == (
            row["coefficients"],
            row["timestep"],
            row["residual"],
        )
    layers = [{"cells": one.cells, "heads": one.heads, "width": one.head_dim} for one in first.attention_layers]
    assert layers == document["attention"]["layers"] != []
    assert first.picture_png == (FIRST / "picture.png").read_bytes()


def test_its_tensors_are_those_that_were_stored(first: Trace, document: dict[str, Any]) -> None:
    arrays = safetensors.numpy.load_file(FIRST / "arrays.safetensors")
    np.testing.assert_array_equal(first.latents, arrays["latents"])
    np.testing.assert_array_equal(first.text_embedding, arrays["text_embedding"])
    for name in ("noise_unconditional", "noise_guided"):
        np.testing.assert_array_equal(first.stacked(name), arrays[name])
    maps = safetensors.numpy.load_file(FIRST / "attention.safetensors")["attention"]
    shares = first.stacked("attention")
    assert shares is not None
    np.testing.assert_allclose(shares, maps * document["attention"]["scale"], rtol=1e-6)


def test_saved_again_it_is_of_the_newest_version_and_differs_in_names_alone(
    first: Trace, document: dict[str, Any]
) -> None:
    written = json.loads(files_of(first)[INDEX])
    assert written["version"] == VERSION == 2
    expected = upgraded(document)
    assert written.keys() == expected.keys()
    for name in expected.keys() - {"attention", "files", "steps"}:
        assert written[name] == expected[name], name
    for row, wanted in zip(written["steps"], expected["steps"], strict=True):
        assert row.keys() == wanted.keys()
        assert row["clip_similarity"] == wanted["clip_similarity"]


def test_a_bundle_of_this_version_is_left_as_it_is(document: dict[str, Any]) -> None:
    newest = upgraded(document)
    assert upgraded(newest) is newest
    assert not {"meeting", "match"} & (newest.keys() | newest["steps"][0].keys())
    assert newest["attention"]["layers"][0].keys() == {"cells", "heads", "head_dim"}


def test_early_bundles_of_version_1_know_no_origins_similarities_or_layers(document: dict[str, Any]) -> None:
    steps = [{name: value for name, value in row.items() if name != "match"} for row in document["steps"]]
    attention = {name: value for name, value in document["attention"].items() if name != "layers"}
    early = {**document, "steps": steps, "attention": attention}
    del early["origins"], early["meeting"]
    newest = upgraded(early)
    assert (newest["origins"], newest["clip_embeddings"], newest["attention"]["layers"]) == ([], None, [])
    assert [row["clip_similarity"] for row in newest["steps"]] == [None, None]
    assert upgraded({**early, "attention": None})["attention"] is None


def test_a_store_tells_of_older_bundles_in_the_words_of_this_version(tmp_path: Path, document: dict[str, Any]) -> None:
    folder = tmp_path / document["id"]
    folder.mkdir()
    for file in FIRST.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    store = BundleStore(str(tmp_path))
    assert store.document(document["id"]) == upgraded(document)
    assert store.read(document["id"], INDEX) == (FIRST / INDEX).read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"version": "newest"},
        {"version": None},
        {"files": None},
        {"model": {}},
        {"steps": None},
        {"request": {"prompt": "a rabbit", "steps": -1}},
        {"tokens": [{}]},
    ],
    ids=str,
)
def test_an_index_that_makes_no_sense_is_a_damaged_bundle(
    tmp_path: Path, document: dict[str, Any], change: dict[str, Any]
) -> None:
    for file in FIRST.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / INDEX).write_text(json.dumps({**document, **change}))
    with pytest.raises(BundleDamaged):
        open_trace(tmp_path)


def test_tensors_of_the_right_size_that_are_none_are_a_damaged_bundle(tmp_path: Path) -> None:
    for file in FIRST.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    tensors = tmp_path / "arrays.safetensors"
    tensors.write_bytes(b"x" * tensors.stat().st_size)
    with pytest.raises(BundleDamaged, match="not a whole trace"):
        open_trace(tmp_path)


def test_a_token_of_version_1_finds_its_characters_whatever_stands_before_it(document: dict[str, Any]) -> None:
    def piece(text: str, kind: str = "text") -> dict[str, Any]:
        return {**document["tokens"][1], "text": text, "kind": kind}

    trace = upgraded(
        {
            **document,
            "request": {**document["request"], "prompt": "İ red fox, red"},
            "tokens": [document["tokens"][0], piece("red"), piece("fox"), piece(",")],
            "cut_tokens": [piece("red", "cut")],
        }
    )
    spans = [(token["start"], token["end"]) for token in (*trace["tokens"], *trace["cut_tokens"])]
    assert spans == [(None, None), (2, 5), (6, 9), (9, 10), (11, 14)]
