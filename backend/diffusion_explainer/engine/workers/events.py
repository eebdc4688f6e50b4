"""What a maker tells of the runs that it draws."""

from __future__ import annotations

import json
from dataclasses import dataclass

from diffusion_explainer.tracing import events


@dataclass(frozen=True)
class News:
    """An event of the `member`-th request of a batch: its name, its JSON, the seconds of a step or a whole run."""

    member: int
    name: str
    text: str
    seconds: float = 0.0


def news_of(member: int, event: events.Event) -> News:
    """An event in wire form; ValueError for one with a number that is not finite."""
    text = json.dumps(event.to_wire(), allow_nan=False, separators=(",", ":"))
    return News(member, event.name, text, _seconds(event))


def _seconds(event: events.Event) -> float:
    if isinstance(event, events.StepDone):
        return event.step.seconds
    return event.seconds if isinstance(event, events.Done) else 0.0
