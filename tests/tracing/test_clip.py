import json
from pathlib import Path

import numpy as np
import pytest
import torch

from diffusion_explainer import resources
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import open_trace
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing.generate import generate
from diffusion_explainer.tracing.models import Model, load_model
from storybook import export
from storybook.clip import Clip

REQUEST = TraceRequest(prompt="a red apple on a blue background, flat design", seed=3, steps=3)


@pytest.fixture(scope="module")
def encoders() -> Clip:
    """Both encoders as the training wrote them."""
    return export.read_clip(resources.storybook()).eval()


@torch.no_grad()
def test_the_similarity_of_every_step_is_the_cosine_of_both_encoders(
    storybook: Model, trace: Trace, encoders: Clip
) -> None:
    ids = storybook.pipeline.tokenizer(
        trace.request.prompt, padding="max_length", max_length=77, return_tensors="pt"
    ).input_ids
    prompt = encoders.embed_texts(ids)[0].numpy()
    for step in trace.steps:
        seen = np.stack([step.latent * step.latent_scale, step.predicted_latent])
        latent, predicted = encoders.embed_images(torch.from_numpy(seen)).numpy() @ prompt
        assert step.clip_similarity is not None
        assert step.clip_similarity.latent == pytest.approx(latent, abs=1e-4)
        assert step.clip_similarity.predicted == pytest.approx(predicted, abs=1e-4)
    final = encoders.embed_images(torch.from_numpy(trace.final_latent[None]))[0].numpy()
    assert trace.clip_embeddings is not None
    assert trace.clip_embeddings.similarity == pytest.approx(final @ prompt, abs=1e-4)


def test_a_prompt_matches_its_own_picture_best(storybook: Model, trace: Trace) -> None:
    other = generate(storybook, REQUEST.model_copy(update={"steps": 4}))
    one, another = trace.clip_embeddings, other.clip_embeddings
    assert one is not None
    assert another is not None
    assert one.similarity > np.dot(one.prompt, another.picture)
    assert another.similarity > np.dot(another.prompt, one.picture)


def test_a_model_without_an_image_encoder_draws_the_same_picture_and_records_no_similarity(storybook: Model) -> None:
    with_encoder = generate(storybook, REQUEST)
    without = generate(load_model(storybook.pipeline), REQUEST)
    assert np.array_equal(with_encoder.latents, without.latents)
    assert np.array_equal(np.asarray(with_encoder.picture), np.asarray(without.picture))
    assert without.clip_embeddings is None
    assert {step.clip_similarity for step in without.steps} == {None}


def test_a_bundle_from_before_there_was_a_match_still_opens(trace: Trace, tmp_path: Path) -> None:
    trace.save(tmp_path / "run")
    index = tmp_path / "run" / "trace.json"
    document = json.loads(index.read_text())
    document["version"] = 1
    document["attention"]["scale"] = max(document["attention"]["scale"])  # one number for all tokens, then
    del document["clip_embeddings"]
    for row in document["steps"]:
        del row["clip_similarity"]
    index.write_text(json.dumps(document))
    old = open_trace(tmp_path / "run")
    assert (old.clip_embeddings, old.steps[0].clip_similarity) == (None, None)


def test_a_bundle_keeps_the_match(trace: Trace, tmp_path: Path) -> None:
    trace.save(tmp_path / "run")
    assert [step.clip_similarity for step in open_trace(tmp_path / "run").steps] == [
        step.clip_similarity for step in trace.steps
    ]
