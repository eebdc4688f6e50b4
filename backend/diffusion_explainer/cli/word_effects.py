"""`diffusion-explainer bench --words`: how far filler and subject of a prompt move the picture."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track
from rich.table import Table

if TYPE_CHECKING:
    from diffusion_explainer.tracing.models import Model

FILLER = "a"
SUBJECTS = (
    *("rabbit", "cat", "dog", "fox", "panda", "lion", "penguin", "whale", "turtle", "frog"),
    *("castle", "robot", "rocket", "sailboat", "train", "car", "house", "tree", "strawberry", "pizza"),
)
SCENES = ("in space", "in the snow", "at night", "on the beach")
SEED = 3


@dataclass(frozen=True)
class WordEffect:
    """How far the final latent moves, relative, without the filler and without the subject of `prompt`."""

    prompt: str
    filler: float
    subject: float


def prompts() -> list[tuple[str, str]]:
    """Twenty prompts of Storybook's world, with the subject of each."""
    return [(f"{FILLER} {subject} {SCENES[k % len(SCENES)]}", subject) for k, subject in enumerate(SUBJECTS)]


def word_effect(model: Model, prompt: str, subject: str, steps: int) -> WordEffect:
    """Draws the prompt without each of its words."""
    from diffusion_explainer.requests.request import TraceRequest
    from diffusion_explainer.tracing.experiments import leave_one_out

    result = leave_one_out(model, TraceRequest(prompt=prompt, seed=SEED, steps=steps))
    moved = {one.word: one.distance for one in result.left_out}
    return WordEffect(prompt, moved[FILLER], moved[subject])


def print_word_effects(model: Model, steps: int) -> None:
    """Measures all prompts and prints the figures."""
    all_prompts = track(prompts(), "drawing", console=Console(stderr=True))
    effects = [word_effect(model, prompt, subject, steps) for prompt, subject in all_prompts]
    Console().print(_table(effects, f"{model.card.name}, {steps} steps, seed {SEED}"))


def _table(effects: list[WordEffect], drawn: str) -> Table:
    table = Table(title=f"How far the final latent moves without a word, relative ({drawn})", show_footer=True)
    less = sum(effect.filler < effect.subject for effect in effects)
    fillers, subjects = ([getattr(effect, word) for effect in effects] for word in ("filler", "subject"))
    table.add_column("prompt", footer=f"median; the filler moves less in {less} of {len(effects)}")
    for heading, values in ((f"without “{FILLER}”", fillers), ("without the subject", subjects)):
        table.add_column(heading, footer=f"{statistics.median(values):.3f}", justify="right")
    for effect in effects:
        table.add_row(effect.prompt, f"{effect.filler:.3f}", f"{effect.subject:.3f}")
    return table
