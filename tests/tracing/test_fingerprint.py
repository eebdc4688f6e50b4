import json
from pathlib import Path
from typing import Any

import pytest
import torch

import pipelines
from diffusion_explainer import resources
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.tracing.fingerprint import fingerprint_of_files, fingerprint_of_pipeline
from diffusion_explainer.tracing.generate import generate
from diffusion_explainer.tracing.models import load_model

MEBIBYTE = 2**20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model's folder, as far as its files tell."""
    weights = tmp_path / "model" / "unet" / "diffusion_pytorch_model.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_bytes(bytes(3 * MEBIBYTE))
    (tmp_path / "model" / "model_index.json").write_text('{"unet": ["diffusers", "UNet2DConditionModel"]}')
    return tmp_path / "model"


def read(folder: Path, dtype: torch.dtype = torch.float32) -> str:
    return fingerprint_of_files(str(folder), dtype, folder.parent / "cache")


def change_the_middle(folder: Path) -> None:
    (weights,) = folder.rglob("*.safetensors")
    with weights.open("r+b") as stream:
        stream.seek(3 * MEBIBYTE // 2)
        stream.write(b"\1")


def test_one_byte_in_the_middle_of_the_weights_is_another_model(folder: Path) -> None:
    before = read(folder)
    assert read(folder) == before
    change_the_middle(folder)
    assert read(folder) != before


def test_a_configuration_or_a_vocabulary_of_another_content_is_another_model(folder: Path) -> None:
    before = read(folder)
    (folder / "model_index.json").write_text('{"unet": [null, null]}')
    without = read(folder)
    (folder / "merges.txt").write_text("a b")
    assert len({before, without, read(folder)}) == 3


def test_half_precision_is_another_model(folder: Path) -> None:
    assert read(folder, torch.float16) != read(folder, torch.float32)


def test_a_large_file_is_hashed_once_until_it_changes(folder: Path) -> None:
    before = read(folder)
    (remembered,) = (folder.parent / "cache").iterdir()
    remembered.write_text("what was remembered")
    assert read(folder) != before
    change_the_middle(folder)
    assert read(folder) != before
    assert len(list((folder.parent / "cache").iterdir())) == 2


def test_a_cache_that_cannot_be_written_is_no_obstacle(folder: Path) -> None:
    before = read(folder)
    blocked = folder.parent / "file"
    blocked.write_text("")
    assert fingerprint_of_files(str(folder), torch.float32, blocked) == before


def test_the_gallery_is_of_the_embedded_model() -> None:
    fingerprint = fingerprint_of_files(str(resources.storybook()), torch.float32)
    listing = json.loads((resources.gallery() / "index.json").read_text("utf-8"))
    named = {TraceRequest(**entry["request"]).id_for(fingerprint) for entry in listing["traces"]}
    assert named == {entry["id"] for entry in listing["traces"]}
    assert named == {path.name for path in resources.gallery().iterdir() if path.is_dir()}


def read_pipeline(pipeline: Any) -> str:
    return fingerprint_of_pipeline(pipeline, pipeline.scheduler.config, {})


@pytest.fixture
def pipeline() -> Any:
    return pipelines.stable_diffusion_1()


def change_a_weight(pipeline: Any) -> None:
    weight = pipeline.unet.conv_in.weight.data
    weight.view(-1)[weight.numel() // 2] += 1e-3


def add_a_part(pipeline: Any) -> None:
    pipeline.unet.mid_block.attentions[0].extra = torch.nn.Linear(1, 1)


def scale_an_adapter(pipeline: Any) -> None:
    pipeline.unet.conv_in.scaling = {"default": 0.5}


def turn_on_free_u(pipeline: Any) -> None:
    pipeline.enable_freeu(s1=0.9, s2=0.2, b1=1.2, b2=1.4)


def change_the_schedule(pipeline: Any) -> None:
    pipeline.scheduler = type(pipeline.scheduler).from_config(pipeline.scheduler.config, beta_end=0.02)


def halve(pipeline: Any) -> None:
    pipeline.to(torch.float16)


def add_a_checker(pipeline: Any) -> None:
    pipeline.register_modules(safety_checker=torch.nn.Identity())


@pytest.mark.parametrize(
    "change", [change_a_weight, add_a_part, scale_an_adapter, turn_on_free_u, change_the_schedule, halve, add_a_checker]
)
def test_whatever_changes_the_numbers_of_a_pipeline_changes_its_fingerprint(pipeline: Any, change: Any) -> None:
    before = read_pipeline(pipeline)
    change(pipeline)
    assert read_pipeline(pipeline) != before


def test_a_run_changes_nothing(tiny_pipeline: Any) -> None:
    before = read_pipeline(tiny_pipeline)
    generate(load_model(tiny_pipeline), TraceRequest(prompt="a rabbit", steps=1, scheduler="heun"))
    assert read_pipeline(tiny_pipeline) == before


def test_weights_that_cannot_be_read_have_a_fingerprint_of_their_own(pipeline: Any) -> None:
    pipeline.unet.to("meta")
    assert read_pipeline(pipeline) != read_pipeline(pipeline)
