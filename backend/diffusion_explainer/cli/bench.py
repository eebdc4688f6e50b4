"""`diffusion-explainer bench`: what a reader waits for, measured through a real server on this machine."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
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
_READERS = 8
_PROMPTS = tuple(f"a rabbit {place}, pixel art" for place in ("in space", "in a forest", "at night", "in the snow"))


@dataclass(frozen=True)
class Run:
    """Seconds from sending the request to its first step, and to the stored trace; bytes of events."""

    first_step: float
    complete: float
    received: int


@dataclass(frozen=True)
class Four:
    """Seconds of four runs, one after the other and compared in one batch."""

    alone: float
    together: float


@dataclass(frozen=True)
class Class:
    """Readers who ask at the same moment: seconds to the first step of each, and to the whole trace of each."""

    first_steps: list[float]
    completions: list[float]

    @property
    def throughput(self) -> float:
        """Traces a second."""
        return len(self.completions) / max(self.completions)

    @property
    def fairness(self) -> float:
        """The slowest, by the median."""
        return max(self.completions) / statistics.median(self.completions)


def bench(
    runs: Annotated[int, typer.Option(min=1, max=100, help="Generations to time.")] = 5,
    model: ModelSource = "storybook",
    threads: Annotated[int, typer.Option(help="Processor threads for the model; 0 leaves it to torch.")] = 0,
    words: Annotated[bool, typer.Option("--words", help="Measure instead what words of 20 prompts change.")] = False,
) -> None:
    """Times what one reader waits for, and eight at once; and what watching costs."""
    if words:
        _words(model, threads)
        return
    with tempfile.TemporaryDirectory() as store:
        settings = Settings.read(store=store, model=model, threads=threads)
        with serving(create_app(settings)) as url:
            with Console(stderr=True).status("warming up"):
                while _get(f"{url}/healthz")["model"] == "loading":
                    time.sleep(0.1)
                _timed(url, seed=0)
            timed = [_timed(url, seed=seed) for seed in range(1, runs + 1)]
            fours = [_four(url, seed=seed) for seed in range(1, runs + 1)]
            classes = [_class(url, seed=seed) for seed in range(1, runs + 1)]
            described = _get(f"{url}/api/model")
    Console().print(_table(timed, fours, classes, described))
    Console().print(_overhead_table(model, runs))


def _words(model: str, threads: int) -> None:
    from diffusion_explainer.tracing.models import load_model

    from .word_effects import print_word_effects

    if threads:
        import torch

        torch.set_num_threads(threads)
    print_word_effects(load_model(model), _STEPS)


def _class(url: str, seed: int) -> Class:
    with ThreadPoolExecutor(_READERS) as readers:
        runs = list(readers.map(lambda reader: _timed(url, 1000 * reader + seed), range(1, _READERS + 1)))
    return Class([run.first_step for run in runs], [run.complete for run in runs])


def _timed(url: str, seed: int) -> Run:
    wire = _wire("a rabbit on a beach, pixel art", seed)  # no run of the gallery
    sent = time.perf_counter()
    trace_id = _post(f"{url}/api/traces", wire)["id"]
    first_step, received = 0.0, 0
    with urlopen(f"{url}/api/traces/{trace_id}/events") as events:
        for line in events:
            received += len(line)
            if line.startswith(b"event: step") and not first_step:
                first_step = time.perf_counter() - sent
    return Run(first_step, time.perf_counter() - sent, received)


def _four(url: str, seed: int) -> Four:
    alone = sum(_seconds(url, "traces", _wire(prompt, seed)) for prompt in _PROMPTS)
    together = {"requests": [_wire(prompt, seed + 1000) for prompt in _PROMPTS]}  # of another seed: none is stored
    return Four(alone, _seconds(url, "comparisons", together))


def _seconds(url: str, noun: str, wire: dict[str, Any]) -> float:
    """From the request to the last event."""
    sent = time.perf_counter()
    asked = _post(f"{url}/api/{noun}", wire)
    with urlopen(f"{url}/api/{noun}/{asked['id']}/events") as events:
        for _ in events:
            pass
    return time.perf_counter() - sent


def _wire(prompt: str, seed: int) -> dict[str, Any]:
    return {"prompt": prompt, "seed": seed, "steps": _STEPS}


def _post(url: str, wire: dict[str, Any]) -> dict[str, Any]:
    body = Request(url, json.dumps(wire).encode(), {"Content-Type": "application/json"})
    with urlopen(body) as answer:
        return json.load(answer)  # type: ignore[no-any-return]


def _get(url: str) -> dict[str, Any]:
    with urlopen(url) as answer:
        return json.load(answer)  # type: ignore[no-any-return]


def _table(timed: list[Run], fours: list[Four], classes: list[Class], described: dict[str, Any]) -> Table:
    threads = f", {described['threads']} threads" if described["device"] == "cpu" else ""
    table = Table(title=f"{described['model']['name']} on {described['device']}{threads}: {len(timed)} runs")
    for heading in ("", "median", "worst"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, values, unit, scale in (
        ("request to first step", [run.first_step for run in timed], "ms", 1000),
        (f"request to complete trace, {_STEPS} steps", [run.complete for run in timed], "ms", 1000),
        ("events received", [run.received for run in timed], "kB", 0.001),
        ("4 runs, one after the other", [four.alone for four in fours], "ms", 1000),
        ("4 runs compared", [four.together for four in fours], "ms", 1000),
        (f"{_READERS} readers at once: first step of the last", [max(one.first_steps) for one in classes], "ms", 1000),
        (f"{_READERS} readers at once: all complete", [max(one.completions) for one in classes], "ms", 1000),
    ):
        table.add_row(name, *(f"{scale * pick(values):.0f} {unit}" for pick in (statistics.median, max)))
    shares = [four.together / four.alone for four in fours]
    table.add_row("compared ÷ one after the other", *(f"{pick(shares):.2f}" for pick in (statistics.median, max)))
    lone = 1 / statistics.median(run.complete for run in timed)
    throughputs = [one.throughput / lone for one in classes]
    table.add_row(
        f"throughput of {_READERS} ÷ of 1", *(f"{pick(throughputs):.2f}" for pick in (statistics.median, min))
    )
    fair = [one.fairness for one in classes]
    table.add_row("slowest ÷ median reader", *(f"{pick(fair):.2f}" for pick in (statistics.median, max)))
    return table


def _overhead_table(model: str, runs: int) -> Table:
    from diffusion_explainer.requests.request import TraceRequest
    from diffusion_explainer.tracing.models import load_model

    from .overhead import overheads

    request = TraceRequest(**_wire("a rabbit on a beach, pixel art", seed=0))
    loaded = load_model(model)
    overheads(loaded, request.model_copy(update={"steps": 2}), rounds=1)
    table = Table(title=f"A run ÷ the stock pipeline's, {_STEPS} steps: {runs} rounds")
    for heading in ("recorded", "median", "worst"):
        table.add_column(heading, justify="left" if heading == "recorded" else "right")
    for recorded, ratios in overheads(loaded, request, runs).items():
        table.add_row(recorded, *(f"{pick(ratios):.2f}" for pick in (statistics.median, max)))
    return table
