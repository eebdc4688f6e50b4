"""The arithmetic of docs/scaling.md: how many machines a number of visitors takes. Change the plan, run it again.

python docs/sizing.py
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MB = 1e6
DAY = 86_400


@dataclass(frozen=True)
class Drawer:
    """Something that draws, and what a trace of it weighs.

    `seconds`: of one trace of 25 steps, drawn alone. `batching`: how many times faster a trace is in a full batch.
    """

    name: str
    seconds: float
    batching: float
    bundle: float  # bytes
    source: str

    @property
    def traces_per_hour(self) -> float:
        return 3600 / self.seconds * self.batching


DRAWERS = (
    Drawer("Storybook, 2 processor cores", 2.5, 1.0, 0.53 * MB, "measured, README"),
    Drawer("Storybook, half a small GPU", 1.2, 2.0, 0.53 * MB, "assumed"),
    Drawer("Stable Diffusion 1.5, a 24 GB GPU", 6.0, 1.6, 7.1 * MB, "assumed"),
)


@dataclass(frozen=True)
class Plan:
    """A day. Shares are of the line above them."""

    visitors: int = 1_000_000
    gallery_runs: float = 2  # of the gallery that a visitor opens
    askers: float = 0.10  # visitors who ask for a picture of their own
    own_runs: float = 3  # pictures that one of them asks for
    known: float = 0.30  # of those somebody asked for before
    peak: float = 3  # the busiest hour against the mean
    load: float = 0.7  # of what machines can do that they are planned for
    first_view: float = 1.2 * MB  # bytes of the static page with the first run
    stream: float = 0.67 * MB  # bytes of the events of a run of Storybook

    @property
    def asked(self) -> float:
        return self.visitors * self.askers * self.own_runs

    @property
    def drawn(self) -> float:
        return self.asked * (1 - self.known)

    def at_peak(self, per_day: float) -> float:
        """Per second in the busiest hour."""
        return per_day / DAY * self.peak


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" if column == 0 else "--:" for column in range(len(head))), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def traffic(plan: Plan) -> str:
    static = plan.visitors * (plan.first_view + (plan.gallery_runs - 1) * DRAWERS[0].bundle)
    streams = plan.drawn * plan.stream + plan.asked * plan.known * DRAWERS[0].bundle
    rows = [
        ("visitors", f"{plan.visitors:,}", f"{plan.at_peak(plan.visitors):.0f}"),
        ("page and gallery, static, from a CDN", gigabytes(static), bits(plan.at_peak(static))),
        ("runs asked for", f"{plan.asked:,.0f}", f"{plan.at_peak(plan.asked):.1f}"),
        ("… found in the store", f"{plan.asked - plan.drawn:,.0f}", f"{plan.at_peak(plan.asked - plan.drawn):.1f}"),
        ("… drawn", f"{plan.drawn:,.0f}", f"{plan.at_peak(plan.drawn):.1f}"),
        ("events and stored runs, from the server", gigabytes(streams), bits(plan.at_peak(streams))),
    ]
    return table(("", "in a day", "a second, at the peak"), rows)


def machines(plan: Plan) -> str:
    head = ("drawn by", "s a trace", "traces an hour", "bytes a trace", "at the peak", "on the mean", "store, a day")
    return table(head, [_machines(plan, drawer) for drawer in DRAWERS])


def _machines(plan: Plan, drawer: Drawer) -> tuple[str, ...]:
    needed = plan.drawn / DAY * 3600 / drawer.traces_per_hour / plan.load
    return (
        f"{drawer.name} ({drawer.source})",
        f"{drawer.seconds:.1f}",
        f"{drawer.traces_per_hour:,.0f}",
        f"{drawer.bundle / MB:.1f} MB",
        f"{math.ceil(needed * plan.peak)}",
        f"{math.ceil(needed)}",
        gigabytes(plan.drawn * drawer.bundle),
    )


def gigabytes(count: float) -> str:
    return f"{count / 1e9:,.0f} GB"


def bits(a_second: float) -> str:
    return f"{a_second * 8 / 1e9:.2f} Gbit"


def report(plan: Plan) -> str:
    """Both tables, as docs/scaling.md has them."""
    return f"{traffic(plan)}\n\n{machines(plan)}"


if __name__ == "__main__":
    print(report(Plan()))
