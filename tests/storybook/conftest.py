"""Two subjects with simple sprites, so that the tests need no art package; and the shipped model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from storybook.art import SIZE, SPRITE_SETS, Art
from storybook.subjects import Subject


def ball(colour: str) -> NDArray[np.uint8]:
    sprite = Image.new("RGBA", (SIZE, SIZE))
    ImageDraw.Draw(sprite).ellipse((14, 14, 114, 114), fill=colour)
    return np.asarray(sprite)


@pytest.fixture
def art() -> Art:
    subjects = [Subject("ball", "ball", ("ball", "sphere"), 3.0), Subject("egg", "egg", ("egg",), 1.0)]
    colours = {"3d": "red", "flat": "orange", "ink": "black", "cartoon": "green"}
    sprites = np.stack([ball(colours[name]) for name in SPRITE_SETS])
    return Art(subjects, np.stack([sprites, sprites[::-1]]))


@pytest.fixture(scope="session")
def model_folder() -> Path:
    return Path(__file__).resolve().parents[2] / "precomputed" / "storybook"


@pytest.fixture(scope="session")
def pipeline(model_folder: Path) -> Any:
    from diffusers import StableDiffusionPipeline

    return StableDiffusionPipeline.from_pretrained(model_folder, local_files_only=True)
