"""The data set: random descriptions, rendered and captioned, in shards.

A shard depends on its number only, so every machine writes the same one. Combinations of subject, scene and style for
which `is_held_out` is true are not in the training set; the evaluation uses them.
"""

import json
import zlib
from dataclasses import asdict
from pathlib import Path
from random import Random

import numpy as np

from storybook.art import Art
from storybook.captions import caption
from storybook.compositor import Description, render
from storybook.light import LIGHTS
from storybook.scenes import BACKGROUNDS, COLOURS, PLACES
from storybook.styles import STYLES
from storybook.subjects import Subject

SHARD_SIZE = 2000
CAPTIONS = 3
"""Captions for each render."""
HELD_OUT_ONE_IN = 20
SCENE_ONLY = 0.04
"""The share of training renders without a subject."""


def is_held_out(subject: str, scene: str, style: str) -> bool:
    """Whether this combination is held out of training: one in twenty, by a hash that never changes."""
    return zlib.crc32(f"{subject}|{scene}|{style}".encode()) % HELD_OUT_ONE_IN == 0


def random_background(rng: Random) -> str:
    return "white background" if rng.random() < 0.35 else rng.choice(BACKGROUNDS)


class DescriptionSampler:
    """Samples descriptions; subjects and styles by their weights."""

    def __init__(self, subjects: list[Subject]) -> None:
        self.subjects = subjects
        self.weights = [s.weight for s in subjects]

    def sample(self, rng: Random, held_out: bool = False, attributes: bool = True) -> Description:
        """A description of a held-out combination, or of one that is not; some of the latter have no subject."""
        while True:
            subject = rng.choices(self.subjects, self.weights)[0].name
            scene = rng.choice(PLACES) if rng.random() < 0.62 else random_background(rng)
            style = rng.choices(list(STYLES), [s.weight for s in STYLES.values()])[0]
            if is_held_out(subject, scene, style) == held_out:
                break
        seed = rng.getrandbits(32)
        if rng.random() < SCENE_ONLY and not held_out:
            return Description("", scene, style, seed=seed)
        attribute = rng.random() if attributes else 1.0
        coloured = STYLES[style].coloured
        return Description(
            subject,
            scene,
            style,
            size=rng.choice(("tiny", "huge")) if attribute < 0.07 else "",
            position=rng.choice(("left", "right")) if 0.07 <= attribute < 0.13 else "",
            number=rng.choice((2, 3)) if 0.13 <= attribute < 0.20 else 1,
            colour=rng.choice(list(COLOURS)) if 0.20 <= attribute < 0.29 and coloured else "",
            light=rng.choice(list(LIGHTS)) if 0.29 <= attribute < 0.35 and coloured else "",
            seed=seed,
        )


class Renderer:
    """Renders descriptions with the sprites of an `Art`."""

    def __init__(self, art: Art) -> None:
        self.art = art
        self.index = {subject.name: index for index, subject in enumerate(art.subjects)}

    def words(self, description: Description) -> tuple[str, ...]:
        return self.art.subjects[self.index[description.subject]].words if description.subject else ()

    def pixels(self, description: Description) -> np.ndarray:
        """The picture, uint8 [128, 128, 3]."""
        sprites = self.art.sprites_of(self.index[description.subject]) if description.subject else {}
        return np.asarray(render(description, sprites))


def write_shard(number: int, art: Art, folder: Path, size: int = SHARD_SIZE) -> None:
    """Writes shard `number` to `folder` unless it exists.

    `.npy` has the pixels, uint8 [size, 128, 128, 3], `.json` the descriptions and their captions.
    """
    target = folder / f"{number:05d}.npy"
    if target.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    rng = Random(f"{number} False")  # this wording gives the renders that the shipped model was trained on
    sampler, renderer = DescriptionSampler(art.subjects), Renderer(art)
    descriptions = [sampler.sample(rng) for _ in range(size)]
    pixels = np.stack([renderer.pixels(d) for d in descriptions])
    captions = [[caption(d, renderer.words(d), rng) for _ in range(CAPTIONS)] for d in descriptions]
    target.with_suffix(".json").write_text(
        json.dumps({"descriptions": [asdict(d) for d in descriptions], "captions": captions})
    )
    partial = target.with_suffix(".partial.npy")
    np.save(partial, pixels)
    partial.rename(target)
