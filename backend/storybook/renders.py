"""The data set: descriptions drawn at random, rendered, captioned, written as shards.

A shard is made from its number alone, so every machine makes the same one. Combinations of subject, scene and style
that `is_held_out` names are never rendered for training; the evaluation asks for them.
"""

import json
import zlib
from dataclasses import asdict
from pathlib import Path
from random import Random

import numpy as np

from storybook.art import HANDS, Art
from storybook.captions import caption
from storybook.compositor import Description, render
from storybook.light import LIGHTS
from storybook.scenes import BACKGROUNDS, COLOURS, PLACES
from storybook.styles import STYLES
from storybook.subjects import Subject

SHARD = 2000
CAPTIONS = 3
HELD_OUT_ONE_IN = 20


def is_held_out(subject: str, scene: str, style: str) -> bool:
    """Whether this combination is kept from training; the same on every machine, for ever."""
    return zlib.crc32(f"{subject}|{scene}|{style}".encode()) % HELD_OUT_ONE_IN == 0


class Descriptions:
    """Draws descriptions, well-known subjects a little more often than rare ones."""

    def __init__(self, subjects: list[Subject]) -> None:
        self.subjects = subjects
        self.weights = [s.weight for s in subjects]

    def draw(self, rng: Random, held_out: bool = False, attributes: bool = True, empty: float = 0.04) -> Description:
        """One description, from the held-out combinations or from all the others."""
        while True:
            subject = rng.choices(self.subjects, self.weights)[0].name
            scene = rng.choice(PLACES) if rng.random() < 0.62 else self.background(rng)
            style = rng.choices(list(STYLES), [s.weight for s in STYLES.values()])[0]
            if is_held_out(subject, scene, style) == held_out:
                break
        seed = rng.getrandbits(32)
        if rng.random() < empty and not held_out:
            return Description("", scene, style, seed=seed)
        attribute = rng.random() if attributes else 1.0
        colourful = STYLES[style].coloured
        return Description(
            subject,
            scene,
            style,
            size=rng.choice(("tiny", "huge")) if attribute < 0.07 else "",
            position=rng.choice(("left", "right")) if 0.07 <= attribute < 0.13 else "",
            number=rng.choice((2, 3)) if 0.13 <= attribute < 0.20 else 1,
            colour=rng.choice(list(COLOURS)) if 0.20 <= attribute < 0.29 and colourful else "",
            light=rng.choice(list(LIGHTS)) if 0.29 <= attribute < 0.35 and colourful else "",
            seed=seed,
        )

    @staticmethod
    def background(rng: Random) -> str:
        return "white background" if rng.random() < 0.35 else rng.choice(BACKGROUNDS)


class Renderer:
    """Renders descriptions with an `Art`."""

    def __init__(self, art: Art) -> None:
        self.art = art
        self.position = {subject.name: index for index, subject in enumerate(art.subjects)}

    def words(self, description: Description) -> tuple[str, ...]:
        return self.art.subjects[self.position[description.subject]].words if description.subject else ()

    def pixels(self, description: Description) -> np.ndarray:
        """uint8 [128, 128, 3]."""
        sprites = {}
        if description.subject:
            index = self.position[description.subject]
            sprites = {hand: self.art.sprite(index, hand) for hand in HANDS}
        return np.asarray(render(description, sprites))


def write_shard(number: int, art: Art, folder: Path, held_out: bool = False, size: int = SHARD) -> None:
    """Renders shard `number`: `.npy` pixels [size, 128, 128, 3], `.json` descriptions and their captions."""
    target = folder / f"{number:05d}.npy"
    if target.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    rng = Random(f"{number} {held_out}")
    draw, renderer = Descriptions(art.subjects), Renderer(art)
    descriptions = [draw.draw(rng, held_out=held_out, attributes=not held_out) for _ in range(size)]
    pixels = np.stack([renderer.pixels(d) for d in descriptions])
    captions = [[caption(d, renderer.words(d), rng) for _ in range(CAPTIONS)] for d in descriptions]
    target.with_suffix(".json").write_text(
        json.dumps({"descriptions": [asdict(d) for d in descriptions], "captions": captions})
    )
    partial = target.with_suffix(".partial.npy")
    np.save(partial, pixels)
    partial.rename(target)
