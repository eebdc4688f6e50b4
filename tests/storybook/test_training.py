from pathlib import Path

import torch

from storybook.denoiser import min_snr_weight, new_scheduler, spread_timesteps
from storybook.training import Run, averaged_weights, schedule


def line(folder: Path, minutes: float) -> tuple[torch.nn.Linear, Run]:
    model = torch.nn.Linear(1, 1)
    run = Run("line", folder, model, 0.1, minutes, warm_up=1)
    return model, run


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model, run = line(tmp_path, minutes=1)
    with run:
        for step in run:
            run.update((model(torch.ones(4, 1)) - 3).square().mean(), 4)
            if step == 5:
                (tmp_path / "line.stop").touch()
    (tmp_path / "line.stop").unlink()
    again, resumed = line(tmp_path, minutes=1)
    assert (resumed.step, resumed.samples) == (6, 24)
    assert torch.equal(again.weight, model.weight)
    averaged = averaged_weights(tmp_path / "line.pt", torch.nn.Linear(1, 1))
    assert torch.equal(averaged.weight, run.average.tensors[0])


def test_the_learning_rate_warms_up_and_falls() -> None:
    assert schedule(0, 0, warm_up=10, floor=0.1) < schedule(0.1, 20, warm_up=10, floor=0.1)
    assert abs(schedule(1, 100, warm_up=10, floor=0.1) - 0.1) < 1e-9


def test_timesteps_of_a_batch_are_spread_evenly() -> None:
    timesteps = spread_timesteps(10).sort().values
    assert all(100 * k <= t < 100 * (k + 1) for k, t in enumerate(timesteps.tolist()))


def test_noisy_timesteps_weigh_one_and_clean_ones_less() -> None:
    alphas = new_scheduler().alphas_cumprod
    weight = min_snr_weight(alphas, torch.tensor([5, 999]))
    assert weight[0] < 0.05
    assert weight[1] == 1
