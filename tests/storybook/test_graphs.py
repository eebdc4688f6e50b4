"""The graphs for browsers against torch, by ONNX Runtime, on the weights that are shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from diffusion_explainer import resources
from diffusion_explainer.tracing.cross_attention import CrossAttention
from diffusion_explainer.tracing.models import Model
from onnx_graphs import read_graph, run
from storybook.graphs import write_graphs

GRAPHS = ("decoder", "image_encoder", "text_encoder", "unet")


@pytest.fixture(scope="module")
def text(storybook: Model) -> torch.Tensor:
    """Token ids of four prompts, one of which is cut."""
    tokenizer = storybook.pipeline.tokenizer
    prompts = ["a cute rabbit in space, pixel art", "", "x " * 100, "a fox"]
    ids: torch.Tensor = tokenizer(prompts, padding="max_length", truncation=True, return_tensors="pt").input_ids
    return ids


@torch.no_grad()
def test_the_text_encoder_equals_torchs(storybook: Model, text: torch.Tensor) -> None:
    encoder = storybook.pipeline.text_encoder
    (embedding,) = run("text_encoder", token_embeddings=encoder.get_input_embeddings()(text))
    np.testing.assert_allclose(embedding, encoder(text)[0], rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("batch", "timesteps"), [(2, [981, 981]), (2, [1, 500]), (4, [20, 20, 40, 40]), (16, [*range(1, 1000, 64)])]
)
@torch.no_grad()
def test_the_unet_and_its_attention_equal_torchs(
    storybook: Model, text: torch.Tensor, batch: int, timesteps: list[int]
) -> None:
    latent = torch.randn(batch, 4, 16, 16, generator=torch.Generator().manual_seed(batch))
    embedding = storybook.pipeline.text_encoder(text)[0].repeat(4, 1, 1)[:batch]
    noise, attention = run("unet", latent=latent, timestep=np.array(timesteps), text_embedding=embedding)
    watched = CrossAttention(storybook.pipeline.unet)
    with watched.watching():
        expected = storybook.pipeline.unet(latent, torch.tensor(timesteps), embedding, return_dict=False)[0]
    np.testing.assert_allclose(noise, expected, rtol=0, atol=1e-5)
    np.testing.assert_allclose(attention.sum(axis=1), 1, atol=1e-5)
    maps = np.stack(watched.take((16, 16)))  # of the conditional half, rounded to float16
    np.testing.assert_allclose(attention[batch // 2 :], maps, rtol=2**-10, atol=1e-6)


@torch.no_grad()
def test_the_decoder_and_the_image_encoder_equal_torchs(storybook: Model) -> None:
    latent = torch.randn(3, 4, 16, 16, generator=torch.Generator().manual_seed(1))
    assert storybook.clip is not None
    (pixels,), (embedding,) = run("decoder", latent=latent), run("image_encoder", latent=latent)
    np.testing.assert_allclose(pixels, storybook.pipeline.vae.decode(latent, return_dict=False)[0], rtol=0, atol=1e-5)
    np.testing.assert_allclose(embedding, storybook.clip.image_encoder(latent), rtol=0, atol=1e-5)


def test_graphs_carry_no_weights() -> None:
    files = sorted(resources.graphs().iterdir())
    assert [file.name for file in files] == [f"{name}.onnx" for name in GRAPHS]
    assert sum(file.stat().st_size for file in files) < 1_000_000


@pytest.mark.filterwarnings("ignore:.*LeafSpec:FutureWarning")  # the exporter's own
def test_shipped_graphs_are_those_of_the_shipped_model(storybook: Model, tmp_path: Path) -> None:
    assert storybook.clip is not None
    processors = storybook.pipeline.unet.attn_processors
    write_graphs(storybook.pipeline, storybook.clip.image_encoder, resources.storybook(), tmp_path)
    assert storybook.pipeline.unet.attn_processors == processors
    for name in GRAPHS:
        made, shipped = read_graph(tmp_path, name), read_graph(resources.graphs(), name)
        assert operators(made) == operators(shipped), name
        assert weights(made) == weights(shipped), name


def operators(model: Any) -> list[str]:
    return [node.op_type for node in model.graph.node]


def weights(model: Any) -> dict[str, dict[str, str]]:
    """File, offset and length of each weight."""
    return {
        weight.name: {entry.key: entry.value for entry in weight.external_data} for weight in model.graph.initializer
    }
