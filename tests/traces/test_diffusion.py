import numpy as np
import pytest

from diffusion_explainer.traces import diffusion

generator = np.random.default_rng(0)
CLEAN, NOISE = (generator.standard_normal((4, 8, 8)).astype(np.float32) for _ in range(2))


@pytest.mark.parametrize("sigma", [0.03, 1.0, 14.6])
def test_signal_and_noise_levels_share_unit_variance(sigma: float) -> None:
    assert diffusion.signal_level(sigma) ** 2 + diffusion.noise_level(sigma) ** 2 == pytest.approx(1)
    assert diffusion.noise_level(sigma) / diffusion.signal_level(sigma) == pytest.approx(sigma)
    assert diffusion.sigma_of(diffusion.signal_level(sigma) ** 2) == pytest.approx(sigma)


@pytest.mark.parametrize("sigma", [0.03, 1.0, 14.6])
def test_the_true_noise_leads_back_to_the_clean_latent(sigma: float) -> None:
    mixed = diffusion.signal_level(sigma) * CLEAN + diffusion.noise_level(sigma) * NOISE
    np.testing.assert_allclose(diffusion.predicted_latent(mixed, NOISE, sigma), CLEAN, atol=1e-5)


@pytest.mark.parametrize("sigma", [0.03, 1.0, 14.6])
def test_velocity_and_noise_say_the_same(sigma: float) -> None:
    signal, noise = diffusion.signal_level(sigma), diffusion.noise_level(sigma)
    mixed, velocity = signal * CLEAN + noise * NOISE, signal * NOISE - noise * CLEAN
    np.testing.assert_allclose(diffusion.noise_from_velocity(mixed, velocity, sigma), NOISE, atol=1e-5)


def test_guidance_zero_is_generic_and_one_is_conditional() -> None:
    assert np.array_equal(diffusion.guided(CLEAN, NOISE, 0), CLEAN)
    np.testing.assert_allclose(diffusion.guided(CLEAN, NOISE, 1), NOISE, atol=1e-6)


@pytest.mark.parametrize("guidance_scale", [0.5, 1, 7, 50])
def test_guidance_can_be_undone(guidance_scale: float) -> None:
    guided = diffusion.guided(CLEAN, NOISE, guidance_scale)
    np.testing.assert_allclose(diffusion.conditional(CLEAN, guided, guidance_scale), NOISE, atol=1e-5)


def test_the_distance_of_a_tensor_to_itself_is_zero() -> None:
    assert diffusion.relative_distance(CLEAN, CLEAN) == 0
    assert diffusion.relative_distance(2 * CLEAN, CLEAN) == pytest.approx(1)
