"""Whole runs by the shipped graphs and tables, as the page draws them, against the traces of the same requests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from diffusion_explainer import resources
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.traces.diffusion import guided, relative_distance
from diffusion_explainer.tracing.generate import generate
from diffusion_explainer.tracing.models import Model
from diffusion_explainer.tracing.schedulers import SAMPLERS
from onnx_graphs import Array, run
from sampler_tables import noises, play, shipped

REQUESTS: list[dict[str, Any]] = [
    {"prompt": "a cute rabbit in space, pixel art"},
    {"prompt": "a red fox", "guidance_scale": 0.0},
    {"prompt": "a red fox in a forest, watercolor", "guidance_scale": 1.0},
    {"prompt": "a castle", "negative_prompt": "blue, night"},
    {
        "prompt": "a dog",
        "branched_from": [{"prompt": "cat", "negative_prompt": "", "guidance_scale": 4.0, "step": 8}],
    },
    {"prompt": "fox " * 90},
]


class Predictor:
    """Predicts by graphs; keeps the guided noises and the attention of the prompt."""

    def __init__(self, storybook: Model, request: TraceRequest) -> None:
        self.tokenizer, self.request = storybook.pipeline.tokenizer, request
        text_encoder = load_file(resources.storybook() / "text_encoder" / "model.safetensors")
        self.token_table = text_encoder["embeddings.token_embedding.weight"].astype(np.float32)
        self.noises: list[Array] = []
        self.attention: list[Array] = []

    def __call__(self, latent: Array, timestep: int) -> Array:
        guidance = self.request.guidance_at(len(self.noises))
        text = np.stack([self.encode(prompt) for prompt in (guidance.negative_prompt, guidance.prompt)])
        both, timesteps = np.repeat(latent, 2, axis=0), np.full(2, timestep)
        noise, attention = run("unet", latent=both, timestep=timesteps, text_embedding=text)
        self.noises.append(guided(noise[:1], noise[1:], guidance.guidance_scale))
        self.attention.append(attention[1])
        return self.noises[-1]

    def encode(self, prompt: str) -> Array:
        ids = self.tokenizer(prompt, padding="max_length", truncation=True).input_ids
        return run("text_encoder", token_embeddings=self.token_table[ids][None])[0][0]


@pytest.mark.slow  # 48 runs of 25 steps
@pytest.mark.parametrize("fields", REQUESTS, ids=lambda fields: fields["prompt"][:12])
@pytest.mark.parametrize("scheduler", [sampler.name for sampler in SAMPLERS])
def test_a_run_by_graphs_is_the_run_by_torch(scheduler: str, fields: dict[str, Any], storybook: Model) -> None:
    request = TraceRequest.checked(**fields, seed=3, scheduler=scheduler)
    trace, predict = generate(storybook, request), Predictor(storybook, request)
    latents = list(play(shipped(scheduler), request.steps, noises(request.seed), predict))
    assert relative_distance(predict.noises[0][0], trace.steps[0].noise_guided) < 1e-4
    assert max(map(relative_distance, np.concatenate(latents), trace.latents)) < 1e-3
    for attention, step in zip(predict.attention, trace.steps, strict=True):
        assert step.attention is not None
        used = len(step.attention) - 1
        np.testing.assert_allclose(attention[:used], step.attention[:used], atol=1e-3)
    (pixels,) = run("decoder", latent=np.float32(trace.final_latent_scale) * latents[-1])[0]
    picture = (pixels.transpose(1, 2, 0) / 2 + 0.5).clip(0, 1) * 255
    assert np.abs(picture - np.asarray(trace.picture, np.float32)).mean() < 2
