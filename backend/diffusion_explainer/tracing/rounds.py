"""Runs side by side on one thread: where several need the same function, one call of it serves them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from greenlet import GreenletExit, getcurrent, greenlet

Function: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]
Run: TypeAlias = Callable[[], None]


@dataclass(eq=False)
class _Call:
    """A run that waits for what `function` makes of its `argument`."""

    run: greenlet
    function: Function
    argument: Any


class Rounds:
    """Each run is a greenlet: stock code, which calls a model and waits, pauses there until the others are there too.

    A run that begins joins at the next call, one that ends leaves, and nobody waits for a clock. `on_call` is told
    how many runs each call serves.
    """

    def __init__(self, on_call: Callable[[int], None] = lambda runs: None) -> None:
        self._calls: list[_Call] = []  # of all runs under way, the oldest first
        self._on_call = on_call

    @torch.no_grad()  # a switch of the whole thread: runs that turn it off and on again must find it off
    def run(self, admit: Callable[[int], Iterable[Run]]) -> None:
        """Begins what `admit(number of runs under way)` returns, asked before every call, until nothing is under way.

        What a run raises is raised here, and ends the others.
        """
        self._loop = getcurrent()
        try:
            while (begun := list(admit(len(self._calls)))) or self._calls:
                for run in begun:
                    self._wait_for(greenlet(run).switch())
                self._serve_oldest()
        finally:
            for call in self._calls:
                call.run.throw(GreenletExit)

    def call(self, function: Function, argument: Any) -> Any:
        """Called by a run: its part of `function([argument of each run that waits for it])`.

        Raises what the function raises for this argument alone.
        """
        return self._loop.switch(_Call(getcurrent(), function, argument))

    def _wait_for(self, call: _Call | None) -> None:
        if call is not None:  # the run has not ended
            self._calls.append(call)

    def _serve_oldest(self) -> None:
        if not self._calls:
            return
        function = self._calls[0].function
        served = [call for call in self._calls if call.function == function]
        self._calls = [call for call in self._calls if call.function != function]
        self._on_call(len(served))
        for call, outcome in zip(served, _outcomes(function, [call.argument for call in served]), strict=True):
            resume = call.run.throw if isinstance(outcome, Exception) else call.run.switch
            self._wait_for(resume(outcome))


def _outcomes(function: Function, arguments: list[Any]) -> Sequence[Any]:
    """What the function returns for each, or raises for it alone: what one run cannot have must not end the others."""
    try:
        return function(arguments)
    except Exception as error:
        if len(arguments) == 1:
            return [error]
        return [outcome for argument in arguments for outcome in _outcomes(function, [argument])]
