"""A training run that can be interrupted and resumed: checkpoint, learning-rate schedule, averaged weights.

with Run("denoiser", folder, model, learning_rate=8e-4, minutes=80) as run:
    for step in run:
        run.update(loss_of(model, batch), samples=len(batch))
"""

import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import torch
import torch.distributed
from torch import Tensor, nn
from torch.multiprocessing.spawn import start_processes
from tqdm import tqdm

BETAS = (0.9, 0.99)
Model = TypeVar("Model", bound=nn.Module)


def schedule(progress: float, step: int, warm_up: int, floor: float, hold: float = 0.0) -> float:
    """The factor on the learning rate at `progress` (0…1 of the time) and `step`.

    It rises linearly over `warm_up` steps, is 1 until the share `hold` of the time, and falls as a cosine to `floor`.
    """
    falling = max(0.0, min(1.0, progress) - hold) / (1 - hold)
    cosine = floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * falling))
    return min(1.0, (step + 1) / warm_up) * cosine


def training_device() -> torch.device:
    """The GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def is_distributed() -> bool:
    """Whether several processes train one model."""
    return torch.distributed.is_initialized()


def rank() -> int:
    return torch.distributed.get_rank() if is_distributed() else 0


def world_size() -> int:
    """How many processes train this model."""
    return torch.distributed.get_world_size() if is_distributed() else 1


def mean_over_processes(value: Tensor) -> Tensor:
    """The mean of `value` over all processes that train this model; `value` is overwritten with it."""
    if is_distributed():
        torch.distributed.all_reduce(value)
        value /= world_size()
    return value


def mixed_precision() -> torch.autocast:
    """Convolutions and matrix products in bfloat16, on a GPU or a CPU with AVX-512 BF16."""
    if torch.cuda.is_available():
        return torch.autocast("cuda", torch.bfloat16)
    return torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported())


def call_in_group(rank: int, size: int, store: str, function: Callable[..., None], arguments: tuple) -> None:
    """Joins a process group and calls `function` there."""
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=store, rank=rank, world_size=size)
    function(*arguments)
    torch.distributed.destroy_process_group()


def run_distributed(function: Callable[..., None], number: int, rendezvous: Path, *arguments: object) -> None:
    """Calls `function` in `number` single-threaded processes that train one model; on a GPU in this process alone.

    Processes wait for each other once a step, threads at every layer: on busy CPU cores processes are much faster.
    """
    if number == 1 or torch.cuda.is_available():
        function(*arguments)
        return
    rendezvous.parent.mkdir(parents=True, exist_ok=True)
    rendezvous.unlink(missing_ok=True)
    store = f"file://{rendezvous.resolve()}"
    start_processes(call_in_group, (number, store, function, arguments), number, start_method="spawn")


class MovingAverage:
    """Exponential moving average of parameters; its decay grows to `decay` over the first steps."""

    def __init__(self, parameters: list[nn.Parameter], decay: float) -> None:
        self.decay = decay
        self.tensors = [p.detach().clone() for p in parameters]

    def update(self, parameters: list[nn.Parameter], step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.tensors, [p.detach() for p in parameters], 1 - decay)


class Run:
    """One training run of `model` in `folder`, `minutes` long, interruptions not counted.

    Iterating yields the step number until the time is up or a file `<name>.stop` appears in `folder`. The checkpoint,
    `<name>.pt`, holds model, average, optimizer, step, seconds and the random number generator's state; it is written
    every `save_seconds` and at the end. A log line of running means is written to `<name>.jsonl` every `report_every`
    steps. `decay` is the moving average's, `warm_up`, `floor` and `hold` are `schedule`'s.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        model: nn.Module,
        learning_rate: float,
        minutes: float,
        *,
        warm_up: int = 100,
        floor: float = 0.03,
        hold: float = 0.0,
        decay: float = 0.998,
        weight_decay: float = 1e-3,
        save_seconds: float = 120,
        report_every: int = 50,
    ) -> None:
        self.name, self.folder, self.model = name, folder, model.to(training_device())
        self.learning_rate, self.minutes = learning_rate, minutes
        self.warm_up, self.floor, self.hold = warm_up, floor, hold
        self.save_seconds, self.report_every = save_seconds, report_every
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=learning_rate, betas=BETAS, weight_decay=weight_decay, fused=True
        )
        self.average = MovingAverage(self.parameters, decay)
        self.step, self.seconds, self.samples = 0, 0.0, 0
        self.running_means: dict[str, Tensor] = {}
        self.metrics: dict[str, float] = {}
        if self.path.exists():
            self.restore()

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.pt"

    def save(self) -> None:
        """Replaces the checkpoint as a whole; only the first process does."""
        if rank():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        state = {
            "model": self.model.state_dict(),
            "average": self.average.tensors,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "seconds": self.seconds,
            "samples": self.samples,
            "random": torch.get_rng_state(),
        }
        torch.save(state, partial)
        partial.rename(self.path)

    def restore(self) -> None:
        state = torch.load(self.path, map_location=training_device(), weights_only=False)
        self.model.load_state_dict(state["model"])
        self.average.tensors = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        for group in self.optimizer.param_groups:
            group["fused"] = True
        self.step, self.seconds, self.samples = state["step"], state["seconds"], state["samples"]
        torch.set_rng_state(state["random"].cpu())

    def should_continue(self) -> bool:
        """Whether time is left and no stop file is there, by the first process's clock and folder."""
        state = torch.tensor([self.seconds, float((self.folder / f"{self.name}.stop").exists())], dtype=torch.float64)
        if is_distributed():
            torch.distributed.broadcast(state, 0)
        self.seconds = state[0].item()
        return self.seconds < self.minutes * 60 and not state[1].item()

    def average_gradients(self) -> None:
        """Averages the gradients over all processes."""
        if not is_distributed():
            return
        present = [p.grad for p in self.parameters if p.grad is not None]
        flat = mean_over_processes(torch.cat([gradient.reshape(-1) for gradient in present]))
        for gradient, part in zip(present, flat.split([g.numel() for g in present]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def __enter__(self) -> "Run":
        """Seeds every process's random numbers differently, and a GPU's by the step, since they are not stored."""
        if rank():
            torch.manual_seed(1000 * self.step + rank())
        torch.cuda.manual_seed(self.step)
        return self

    def __exit__(self, *_: object) -> None:
        self.save()

    def __iter__(self) -> Iterator[int]:
        last, saved = time.time(), time.time()
        with tqdm(total=round(self.minutes * 60), initial=round(self.seconds), unit="s", desc=self.name) as bar:
            while self.should_continue():
                progress = self.seconds / (self.minutes * 60)
                factor = schedule(progress, self.step, self.warm_up, self.floor, self.hold)
                for group in self.optimizer.param_groups:
                    group["lr"] = self.learning_rate * factor
                yield self.step
                now = time.time()
                self.seconds += now - last
                bar.update(round(self.seconds) - bar.n)
                last = now
                if self.step % self.report_every == 0:
                    self.report(bar)
                if now - saved > self.save_seconds:
                    self.save()
                    saved = time.time()

    def update(self, loss: Tensor, samples: int, **metrics: Tensor) -> None:
        """One optimizer step with clipped gradients. `metrics` are reported beside the loss, all as running means."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.average_gradients()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.step += 1
        self.samples += samples * world_size()
        self.average.update(self.parameters, self.step)
        for key, value in {"loss": loss, **metrics}.items():
            mean = self.running_means.get(key, value.detach())
            self.running_means[key] = torch.lerp(mean, value.detach(), 0.02)

    def report(self, bar: tqdm) -> None:
        """Shows the running means and appends them to the log; only the first process does."""
        if rank():
            return
        metrics = {key: round(value.item(), 5) for key, value in self.running_means.items()} | self.metrics
        rate = round(self.samples / max(self.seconds, 1e-9), 1)
        bar.set_postfix(metrics | {"samples": self.samples, "per_s": rate})
        line = {"step": self.step, "seconds": round(self.seconds), "samples": self.samples, "per_s": rate} | metrics
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{self.name}.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")


def averaged_weights(path: Path, model: Model) -> Model:
    """`model` with the averaged weights of the checkpoint at `path`."""
    state = torch.load(path, map_location="cpu", weights_only=False)
    model.load_state_dict(state["model"])
    trained = [p for p in model.parameters() if p.requires_grad]
    with torch.no_grad():
        for parameter, value in zip(trained, state["average"], strict=True):
            parameter.copy_(value)
    return model
