from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler

import pipelines
from diffusion_explainer.errors import UnsupportedModel
from diffusion_explainer.traces import diffusion
from diffusion_explainer.traces.step import recombined
from diffusion_explainer.tracing import schedulers
from diffusion_explainer.tracing.capture import Capture

NAMES = [sampler.name for sampler in schedulers.SAMPLERS]


def draw(
    pipeline: Any,
    scheduler: str,
    *,
    guidance_scale: float = 5.0,
    steps: int = 6,
    output_type: str = "pil",
    **options: Any,
) -> Any:
    pipeline.scheduler = schedulers.build(scheduler, pipeline.scheduler.config)
    generator = torch.Generator().manual_seed(3)
    return pipeline(
        "a cute rabbit in space, pixel art",
        num_inference_steps=steps,
        guidance_scale=guidance_scale,
        generator=generator,
        output_type=output_type,
        **options,
    ).images[0]


def traced(pipeline: Any, scheduler: str, **options: Any) -> tuple[Any, Capture]:
    pipeline.scheduler = schedulers.build(scheduler, pipeline.scheduler.config)
    capture = Capture(pipeline)
    scheduler_object = pipeline.scheduler
    with capture:
        generator = torch.Generator().manual_seed(3)
        options = {"guidance_scale": 5.0, "num_inference_steps": 6, "output_type": "pil", **options}
        picture = pipeline("a cute rabbit in space, pixel art", generator=generator, **options).images[0]
    assert "step" not in vars(scheduler_object)
    return picture, capture


@pytest.mark.parametrize("scheduler", NAMES)
def test_tracing_storybook_changes_no_bit_of_the_picture(storybook_pipeline: Any, scheduler: str) -> None:
    picture, _ = traced(storybook_pipeline, scheduler)
    assert np.array_equal(np.asarray(draw(storybook_pipeline, scheduler)), np.asarray(picture))


@pytest.mark.parametrize("scheduler", NAMES)
def test_tracing_changes_no_bit_of_the_latent_in_any_family(tiny_pipeline: Any, scheduler: str) -> None:
    latent, _ = traced(tiny_pipeline, scheduler, output_type="latent")
    assert torch.equal(draw(tiny_pipeline, scheduler, output_type="latent"), latent)


@pytest.mark.parametrize("scheduler", NAMES)
def test_the_recorded_coefficients_reproduce_every_next_latent(tiny_pipeline: Any, scheduler: str) -> None:
    _, capture = traced(tiny_pipeline, scheduler, num_inference_steps=9)
    steps = capture.steps[0]
    for k, step in enumerate(steps):
        error = diffusion.relative_distance(recombined(steps, k), step.next_latent)
        assert error < 1e-4
        assert step.residual == pytest.approx(error)


@pytest.mark.parametrize("scheduler", NAMES)
def test_the_predicted_latent_is_what_the_model_would_leave_behind(tiny_pipeline: Any, scheduler: str) -> None:
    """x_t = √ᾱ · x̂0 + √(1−ᾱ) · ε, with √ᾱ from the model's own noise schedule at this timestep."""
    _, capture = traced(tiny_pipeline, scheduler)
    alphas = pipeline_alphas(tiny_pipeline)
    for step in capture.steps[0]:
        signal = np.interp(step.timestep, np.arange(len(alphas)), np.sqrt(alphas))
        assert step.signal_level == pytest.approx(signal, rel=2e-3)
        mixed = step.signal_level * step.predicted_latent + step.noise_level * step.noise_guided
        np.testing.assert_allclose(mixed, step.latent * step.latent_scale, atol=1e-4)


def pipeline_alphas(pipeline: Any) -> Any:
    return schedulers.build("ddim", pipeline.scheduler.config).alphas_cumprod.numpy()


@pytest.mark.parametrize("guidance_scale", [0.0, 0.5, 1.0, 7.5, 20.0])
@pytest.mark.parametrize("negative_prompt", [None, "a dark forest"])
def test_guided_noise_is_generic_noise_plus_w_times_the_impact_of_the_prompt(
    tiny_pipeline: Any, guidance_scale: float, negative_prompt: str | None
) -> None:
    _, capture = traced(tiny_pipeline, "ddim", guidance_scale=guidance_scale, negative_prompt=negative_prompt)
    for step in capture.steps[0]:
        expected = diffusion.guided(step.noise_unconditional, step.noise_conditional, guidance_scale)
        assert diffusion.relative_distance(step.noise_guided, expected) < 1e-6
        assert np.any(step.prompt_impact)


def test_guidance_zero_ignores_the_prompt_and_one_is_the_conditional_prediction(storybook_pipeline: Any) -> None:
    _, none = traced(storybook_pipeline, "ddim", guidance_scale=0.0)
    _, plain = traced(storybook_pipeline, "ddim", guidance_scale=1.0)
    assert np.array_equal(none.steps[0][0].noise_guided, none.steps[0][0].noise_unconditional)
    np.testing.assert_allclose(plain.steps[0][0].noise_guided, plain.steps[0][0].noise_conditional, atol=1e-5)
    assert not np.allclose(none.steps[0][-1].next_latent, plain.steps[0][-1].next_latent, atol=1e-3)


def test_a_negative_prompt_replaces_the_empty_one(storybook_pipeline: Any) -> None:
    _, empty = traced(storybook_pipeline, "ddim", num_inference_steps=1)
    _, negative = traced(storybook_pipeline, "ddim", num_inference_steps=1, negative_prompt="a forest")
    assert np.array_equal(empty.text_embeddings, negative.text_embeddings)
    assert not np.array_equal(empty.unconditional_text_embeddings, negative.unconditional_text_embeddings)


def test_steps_of_a_batch_are_told_apart_by_prompt(storybook_pipeline: Any) -> None:
    storybook_pipeline.scheduler = schedulers.build("ddim", storybook_pipeline.scheduler.config)
    with Capture(storybook_pipeline) as capture:
        generators = [torch.Generator().manual_seed(3) for _ in range(2)]
        storybook_pipeline(["a rabbit", "a castle"], num_inference_steps=2, generator=generators)
    rabbit, castle = (steps[0] for steps in capture.steps)
    assert np.array_equal(rabbit.latent, castle.latent)
    assert not np.array_equal(rabbit.noise_conditional, castle.noise_conditional)


def test_the_pipeline_is_itself_again_after_an_error(tiny_pipeline: Any) -> None:
    def refuse(steps: object) -> None:
        raise RuntimeError("enough")

    before, hooks = type(tiny_pipeline), len(tiny_pipeline.unet._forward_hooks)
    with pytest.raises(RuntimeError, match="enough"), Capture(tiny_pipeline, on_step=refuse):
        tiny_pipeline("a rabbit", num_inference_steps=2)
    assert type(tiny_pipeline) is before
    assert len(tiny_pipeline.unet._forward_hooks) == hooks
    assert "step" not in vars(tiny_pipeline.scheduler)


def test_a_scheduler_that_is_not_offered_is_refused_by_name(tiny_pipeline: Any) -> None:
    tiny_pipeline.scheduler = DDPMScheduler.from_config(tiny_pipeline.scheduler.config)
    with pytest.raises(UnsupportedModel, match="DDPMScheduler"):
        Capture(tiny_pipeline)


@pytest.mark.parametrize("scheduler", NAMES)
def test_the_equations_hold_in_half_precision(half_pipeline: Any, scheduler: str) -> None:
    _, capture = traced(half_pipeline, scheduler, output_type="latent", guidance_scale=7.5)
    for step in capture.steps[0]:
        expected = diffusion.guided(step.noise_unconditional, step.noise_conditional, 7.5)
        assert diffusion.relative_distance(step.noise_guided, expected) < 1e-3
        # diffusers' Heun takes (x − x̂0) / σ in half precision itself: its own rounding grows as 1/σ.
        assert step.residual < (5e-3 if scheduler == "heun" else 1e-3)


@pytest.fixture(scope="module", params=[pipelines.stable_diffusion_1, pipelines.stable_diffusion_2])
def half_pipeline(request: pytest.FixtureRequest) -> Any:
    return request.param().to(torch.float16)
