"""A progress bar of the steps of one generation, or of several, on a terminal or in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from .events import Decoded, Event, StepDone, Tokens


@contextmanager
def showing_steps(
    also: Callable[[Event], None] | None = None, num_steps: int | None = None
) -> Iterator[Callable[[Event], None]]:
    """An `on_event` for generate() that draws a bar; each event goes to `also` too.

    `num_steps`: the steps of all runs together, where there are several; one run's event `tokens` has its own.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("drawing", total=num_steps)

        def on_event(event: Event) -> None:
            if isinstance(event, Tokens) and num_steps is None:
                progress.update(task, total=event.steps)
            elif isinstance(event, StepDone):
                progress.advance(task)
            if also:
                also(event)

        yield on_event


@contextmanager
def showing_runs(runs: int, num_steps: int) -> Iterator[Callable[[str, Event], None]]:
    """A bar over many runs with the time left, measured in their `num_steps`; call it with a title and each event."""
    columns = (
        TextColumn("{task.fields[drawn]} of {task.fields[runs]} runs"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=num_steps, drawn=0, runs=runs)
        drawn = 0

        def on_event(title: str, event: Event) -> None:
            nonlocal drawn
            if isinstance(event, StepDone):
                progress.update(task, advance=1, description=title)
            elif isinstance(event, Decoded):
                drawn += 1
                progress.update(task, drawn=drawn)

        yield on_event


@contextmanager
def showing_made(runs: int) -> Iterator[Callable[[int], None]]:
    """A bar over many runs with the time left; call it with how many more are made."""
    columns = (TextColumn("{task.completed} of {task.total} runs"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("", total=runs)
        yield lambda made: progress.advance(task, made)
