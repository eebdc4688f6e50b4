"""`diffusion-explainer bench`: what a reader waits for, measured through a real server on this machine."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.request import Request, urlopen

import typer
from rich.console import Console
from rich.table import Table

from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings

from .fields import ModelSource

_STEPS = 25


@dataclass(frozen=True)
class Run:
    """Seconds from sending the request to its first step, and to the stored trace; bytes of events."""

    first_step: float
    complete: float
    received: int


def bench(
    runs: Annotated[int, typer.Option(min=1, max=100, help="Generations to time.")] = 5,
    model: ModelSource = "storybook",
    threads: Annotated[int, typer.Option(help="Processor threads for the model; 0 leaves it to torch.")] = 0,
) -> None:
    """Times generations through the API: request to first step, and to a complete trace of 25 steps."""
    with tempfile.TemporaryDirectory() as store:
        settings = Settings.read(store=store, model=model, threads=threads)
        with serving(create_app(settings)) as url:
            with Console(stderr=True).status("warming up"):
                _timed(url, seed=0)
            timed = [_timed(url, seed=seed) for seed in range(1, runs + 1)]
            described = _get(f"{url}/api/model")
    Console().print(_table(timed, described))


def _timed(url: str, seed: int) -> Run:
    wire = {"prompt": "a cute rabbit in space, pixel art", "seed": seed, "steps": _STEPS}
    sent = time.perf_counter()
    body = Request(f"{url}/api/traces", json.dumps(wire).encode(), {"Content-Type": "application/json"})
    trace_id = json.load(urlopen(body))["id"]
    first_step, received = 0.0, 0
    with urlopen(f"{url}/api/traces/{trace_id}/events") as events:
        for line in events:
            received += len(line)
            if line.startswith(b"event: step") and not first_step:
                first_step = time.perf_counter() - sent
    return Run(first_step, time.perf_counter() - sent, received)


def _get(url: str) -> dict[str, Any]:
    with urlopen(url) as answer:
        return json.load(answer)  # type: ignore[no-any-return]


def _table(timed: list[Run], described: dict[str, Any]) -> Table:
    threads = f", {described['threads']} threads" if described["device"] == "cpu" else ""
    table = Table(title=f"{described['model']['name']} on {described['device']}{threads}: {len(timed)} runs")
    for heading in ("", "median", "worst"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, values, unit, scale in (
        ("request to first step", [run.first_step for run in timed], "ms", 1000),
        (f"request to complete trace, {_STEPS} steps", [run.complete for run in timed], "ms", 1000),
        ("events received", [run.received for run in timed], "kB", 0.001),
    ):
        table.add_row(name, *(f"{scale * pick(values):.0f} {unit}" for pick in (statistics.median, max)))
    return table
