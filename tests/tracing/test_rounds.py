"""Runs that share calls; the functions are real ones, small enough to count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest
import torch

from diffusion_explainer.tracing.rounds import Rounds


class Squares:
    """Squares numbers, and remembers which came together."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.calls.append(list(numbers))
        if 13 in numbers:
            raise ValueError(13)
        return [number**2 for number in numbers]


def at_once(*runs: Callable[[], None]) -> Callable[[int], Iterable[Callable[[], None]]]:
    waiting = list(runs)

    def admit(running: int) -> list[Callable[[], None]]:
        begun = waiting[:]
        waiting.clear()
        return begun

    return admit


def run(rounds: Rounds, function: Squares, numbers: Iterable[int], got: list[int]) -> Callable[[], None]:
    return lambda: got.extend(rounds.call(function, number) for number in numbers)


def test_one_call_serves_all_runs_and_each_gets_its_part() -> None:
    rounds, square, got = Rounds(), Squares(), ([], [], [])  # type: tuple[Rounds, Squares, tuple[list[int], ...]]
    rounds.run(at_once(*(run(rounds, square, (1, 2, 3)[: k + 1], got[k]) for k in range(3))))
    assert square.calls == [[1, 1, 1], [2, 2], [3]]
    assert list(got) == [[1], [1, 4], [1, 4, 9]]


def test_a_run_that_begins_later_joins_at_the_next_call() -> None:
    rounds, square = Rounds(), Squares()
    arrivals = iter([[run(rounds, square, (1, 2, 3), [])], [run(rounds, square, (7,), [])]])
    rounds.run(lambda running: next(arrivals, []))
    assert square.calls == [[1], [2, 7], [3]]


def test_runs_that_need_another_function_are_waited_for() -> None:
    rounds, square, other = Rounds(), Squares(), Squares()

    def mixed() -> None:
        rounds.call(square, 1)
        rounds.call(other, 2)
        rounds.call(square, 3)

    rounds.run(at_once(mixed, run(rounds, square, (5, 6), [])))
    assert (square.calls, other.calls) == ([[1, 5], [6, 3]], [[2]])


def test_what_one_run_cannot_have_is_raised_in_it_alone() -> None:
    rounds, square, got = Rounds(), Squares(), list[int]()

    def unlucky() -> None:
        with pytest.raises(ValueError, match="13"):
            rounds.call(square, 13)

    rounds.run(at_once(unlucky, run(rounds, square, (2,), got)))
    assert got == [4]


def test_what_a_run_raises_ends_the_others_and_undoes_what_they_did() -> None:
    rounds, square, undone = Rounds(), Squares(), list[str]()

    def other() -> None:
        try:
            rounds.call(square, 1)
        finally:
            undone.append("other")

    def failing() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        rounds.run(at_once(other, failing))
    assert undone == ["other"]


def test_gradients_stay_off_whoever_ends_first_and_are_on_again_afterwards() -> None:
    rounds, square, enabled = Rounds(), Squares(), list[bool]()

    def pipeline(calls: int) -> Callable[[], None]:
        @torch.no_grad()
        def call() -> None:
            for number in range(calls):
                rounds.call(square, number)
                enabled.append(torch.is_grad_enabled())

        return call

    rounds.run(at_once(pipeline(1), pipeline(3)))
    assert enabled == [False] * 4
    assert torch.is_grad_enabled()


def test_rounds_can_be_within_a_run() -> None:
    outer, inner, square, got = Rounds(), Rounds(), Squares(), list[int]()
    outer.run(at_once(lambda: inner.run(at_once(run(inner, square, (3,), got))), run(outer, square, (2,), got)))
    assert sorted(got) == [4, 9]


def test_each_call_tells_how_many_runs_it_serves() -> None:
    served: list[int] = []
    rounds, square = Rounds(served.append), Squares()
    rounds.run(at_once(run(rounds, square, (1, 2), []), run(rounds, square, (1,), [])))
    assert served == [2, 1]
