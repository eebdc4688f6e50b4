import math
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler

from diffusion_explainer.traces import diffusion
from diffusion_explainer.tracing import schedulers
from diffusion_explainer.tracing.coefficients import SymbolicScheduler
from diffusion_explainer.tracing.schedulers import sampler_of

STABLE_DIFFUSION = DDIMScheduler(
    beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", set_alpha_to_one=False, steps_offset=1
).config


def coefficients(name: str, steps: int, prediction: str = "epsilon") -> tuple[list[dict[str, float]], list[float]]:
    config = DDIMScheduler.from_config(STABLE_DIFFUSION, prediction_type=prediction).config
    scheduler = schedulers.build(name, config)
    assert scheduler.config.prediction_type == prediction
    scheduler.set_timesteps(steps)
    scheduler.scale_model_input(torch.zeros(1), scheduler.timesteps[0])  # as pipelines do before a step
    symbolic = SymbolicScheduler(scheduler, sampler_of(scheduler), len(scheduler.timesteps))
    levels = sigmas(schedulers.build(name, STABLE_DIFFUSION), steps)
    return [symbolic.step(t, sigma) for t, sigma in zip(scheduler.timesteps, levels, strict=True)], levels


def sigmas(scheduler: Any, steps: int) -> list[float]:
    scheduler.set_timesteps(steps)
    if hasattr(scheduler, "sigmas"):
        return [float(sigma) for sigma in scheduler.sigmas[: len(scheduler.timesteps)]]
    return [diffusion.sigma_of(float(scheduler.alphas_cumprod[int(t)])) for t in scheduler.timesteps]


@pytest.mark.parametrize(("row", "latent", "noise"), [(0, 1.123, -0.123), (24, 1.049, -0.057), (48, 1.009, -0.100)])
def test_ddim_at_50_steps_multiplies_by_the_known_numbers(row: int, latent: float, noise: float) -> None:
    rows, _ = coefficients("ddim", 50)
    assert rows[row]["latent"] == pytest.approx(latent, abs=6e-4)
    assert rows[row]["noise_guided"] == pytest.approx(noise, abs=6e-4)


def test_ddim_follows_its_equation() -> None:
    """x_next = √(ᾱ'/ᾱ) · x + (√(1−ᾱ') − √(ᾱ'/ᾱ) · √(1−ᾱ)) · ε (Song et al. 2021, arXiv 2010.02502, eq. 12)."""
    rows, levels = coefficients("ddim", 20)
    for row, now, after in zip(rows, levels, levels[1:], strict=False):
        ratio = diffusion.signal_level(after) / diffusion.signal_level(now)
        assert row["latent"] == pytest.approx(ratio, rel=1e-4)
        assert row["noise_guided"] == pytest.approx(
            diffusion.noise_level(after) - ratio * diffusion.noise_level(now), rel=1e-3
        )


def test_euler_subtracts_the_fall_of_sigma() -> None:
    rows, levels = coefficients("euler", 20)
    for row, now, after in zip(rows, levels, [*levels[1:], 0.0], strict=True):
        assert row == pytest.approx({"latent": 1.0, "noise_guided": after - now}, rel=1e-4)


def test_ancestral_noise_and_what_is_taken_make_up_the_next_level() -> None:
    """σ_down² + σ_up² = σ_next² (Karras et al. 2022): variance taken too much is added back as fresh noise."""
    rows, levels = coefficients("euler_ancestral", 20)
    for row, now, after in zip(rows[:-1], levels, levels[1:], strict=False):
        down = now + row["noise_guided"]
        assert math.hypot(down, row["added_noise"]) == pytest.approx(after, rel=1e-4)
    assert "added_noise" not in rows[-1]


def test_lms_reuses_the_three_predictions_before() -> None:
    rows, _ = coefficients("lms", 10)
    assert set(rows[0]) == {"latent", "noise_guided"}
    assert set(rows[5]) == {"latent", "noise_guided", "previous_noise_1", "previous_noise_2", "previous_noise_3"}


def test_dpm_and_unipc_think_in_predicted_latents() -> None:
    assert set(coefficients("dpmpp_2m", 10)[0][3]) == {"latent", "predicted_latent", "previous_predicted_latent_1"}
    assert set(coefficients("unipc", 10)[0][3]) == {
        "latent",
        "predicted_latent",
        "previous_predicted_latent_1",
        "previous_predicted_latent_2",
    }


def test_heun_goes_back_and_steps_again_by_the_mean_of_both_predictions() -> None:
    rows, levels = coefficients("heun", 10)
    half = (levels[1] - levels[0]) / 2
    assert rows[1] == pytest.approx({"previous_latent": 1.0, "noise_guided": half, "previous_noise_1": half}, rel=1e-3)
    assert set(rows[2]) == {"latent", "noise_guided"}


@pytest.mark.parametrize("name", [sampler.name for sampler in schedulers.SAMPLERS])
def test_a_pure_clean_latent_stays_itself(name: str) -> None:
    """If all predicted noise is zero and x̂0 is c everywhere, every sampler moves along the line of c's share."""
    rows, levels = coefficients(name, 12)
    sampler = next(s for s in schedulers.SAMPLERS if s.name == name)
    for row, now, after in zip(rows, levels, levels[1:], strict=False):
        scale = (lambda s: 1.0) if sampler.variance_exploding else diffusion.signal_level
        total = sum(
            weight * (scale(now) if "predicted" not in term else 1.0)
            for term, weight in row.items()
            if term in ("latent", "previous_latent") or "predicted_latent" in term
        )
        assert total == pytest.approx(scale(after), rel=1e-3)
    assert np.all(np.isfinite([weight for row in rows for weight in row.values()]))


@pytest.mark.parametrize("name", ["ddim", "euler", "euler_ancestral", "heun", "dpmpp_2m", "unipc"])
def test_a_model_that_predicts_velocity_has_the_coefficients_of_one_that_predicts_noise(name: str) -> None:
    velocity, _ = coefficients(name, 8, "v_prediction")
    noise, _ = coefficients(name, 8)
    for one, other in zip(velocity, noise, strict=True):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-5)


@pytest.mark.parametrize(
    ("prediction", "now", "before"),
    [("epsilon", "noise_guided", "previous_noise"), ("v_prediction", "prediction_guided", "previous_prediction")],
)
def test_pndm_blends_the_last_four_outputs_of_the_model(prediction: str, now: str, before: str) -> None:
    """(55 e − 59 e₁ + 37 e₂ − 9 e₃) / 24 (Liu et al. 2022, arXiv 2202.09778, eq. 9), of raw outputs."""
    rows, _ = coefficients("pndm", 12, prediction)
    row = rows[8]
    assert set(row) == {"latent", now, *(f"{before}_{back}" for back in (1, 2, 3))}
    shares = [row[f"{before}_{back}"] / row[now] for back in (1, 2, 3)]
    assert shares == pytest.approx([-59 / 55, 37 / 55, -9 / 55], rel=1e-4)
