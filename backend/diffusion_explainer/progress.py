"""A progress bar of the steps of one generation, on a terminal or in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .events import Event, StepDone, Tokens


@contextmanager
def showing_steps(also: Callable[[Event], None] | None = None) -> Iterator[Callable[[Event], None]]:
    """A `report` for generate() that draws a bar; each event goes to `also` too."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("drawing", total=None)

        def report(event: Event) -> None:
            if isinstance(event, Tokens):
                progress.update(task, total=event.steps)
            elif isinstance(event, StepDone):
                progress.update(task, completed=event.step.step + 1)
            if also:
                also(event)

        yield report
