"""Each sampler's sums for every number of steps as a table, for programs that sample without diffusers.

The table of a sampler, as JSON:

    {"variance_exploding": true,                     its latent is x0 + σ · ε
     "terms": ["latent", "noise_guided"],            what a row's coefficients multiply
     "rows": [[961, 11.97, 1, -2.156], …],           timestep, σ, coefficients; 0 for a term that is not in the sum
     "schedules": {"25": {"start_scale": 14.65,      of the seed's noise, to start from
                          "final_sigma": 0,
                          "runs": [[0, 25]]}, …}}    its rows: the first, how many; and so on

Numbers of steps share their rows: most are those of another number of steps with the same distance of timesteps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from diffusion_explainer.traces import diffusion

from . import schedulers
from .coefficients import SymbolicScheduler
from .schedulers import sampler_of

Wire = dict[str, Any]

_DIGITS = 7  # as float32, in which samplers compute, has


@dataclass(frozen=True)
class Schedule:
    """What a sampler does in some number of steps; `rows` are (timestep, σ, coefficients)."""

    start_scale: float
    final_sigma: float
    rows: tuple[tuple[int, float, dict[str, float]], ...]


def schedule_of(name: str, config: Any, steps: int) -> Schedule:
    """The schedule of the sampler `name` on the noise schedule of `config`, a model's scheduler configuration."""
    scheduler = schedulers.build(name, config)
    scheduler.set_timesteps(steps)
    scheduler.scale_model_input(torch.zeros(1), scheduler.timesteps[0])  # as pipelines do before a step
    timesteps, (*sigmas, final_sigma) = scheduler.timesteps, _sigmas(scheduler)
    symbolic = SymbolicScheduler(scheduler, sampler_of(scheduler), len(timesteps))
    rows = [(int(t), sigma, symbolic.step(t, sigma)) for t, sigma in zip(timesteps, sigmas, strict=True)]
    return Schedule(float(scheduler.init_noise_sigma), final_sigma, tuple(rows))


def table_of(name: str, config: Any, numbers_of_steps: Iterable[int]) -> Wire:
    """The table of the sampler `name` for these numbers of steps."""
    schedules = {steps: schedule_of(name, config, steps) for steps in sorted(numbers_of_steps, reverse=True)}
    terms = list(dict.fromkeys(term for made in schedules.values() for *_, each in made.rows for term in each))
    rows: dict[tuple[float, ...], int] = {}
    wire = {steps: _to_wire(schedule, terms, rows) for steps, schedule in schedules.items()}
    exploding = sampler_of(schedulers.build(name, config)).variance_exploding
    return {"variance_exploding": exploding, "terms": terms, "rows": list(rows), "schedules": wire}


def _sigmas(scheduler: Any) -> list[float]:
    """The noise-to-signal ratio before each row, and after the last."""
    if hasattr(scheduler, "sigmas"):
        return [float(sigma) for sigma in scheduler.sigmas]
    levels = [*scheduler.alphas_cumprod[scheduler.timesteps], scheduler.final_alpha_cumprod]
    return [diffusion.sigma_of(float(level)) for level in levels]


def _to_wire(schedule: Schedule, terms: list[str], rows: dict[tuple[float, ...], int]) -> Wire:
    """The schedule by the places of its rows in `rows`, which new ones are added to."""
    places = [rows.setdefault(_row(*row, terms), len(rows)) for row in schedule.rows]
    return {
        "start_scale": _short(schedule.start_scale),
        "final_sigma": _short(schedule.final_sigma),
        "runs": _runs(places),
    }


def _row(timestep: int, sigma: float, coefficients: Mapping[str, float], terms: list[str]) -> tuple[float, ...]:
    return timestep, _short(sigma), *(_short(coefficients.get(term, 0)) for term in terms)


def _runs(places: list[int]) -> list[list[int]]:
    """Places in a row as [first, how many]."""
    runs: list[list[int]] = []
    for place in places:
        if runs and sum(runs[-1]) == place:
            runs[-1][1] += 1
        else:
            runs.append([place, 1])
    return runs


def _short(number: float) -> float:
    short = float(f"{number:.{_DIGITS}g}")
    return int(short) if short.is_integer() else short
