import numpy as np
import pytest
from PIL import Image

import diffusion_explainer as dx
from diffusion_explainer.analysis.grid import Grid
from diffusion_explainer.tracing.models import Model


@pytest.fixture(scope="module")
def grid(storybook: Model) -> Grid:
    return dx.grid("a rabbit", model=storybook, seed=[1, 2], guidance_scale=[0, 7, 20], steps=2, progress=False)


def holds(sheet: Image.Image, picture: Image.Image) -> bool:
    """Whether the picture is somewhere in the sheet, pixel for pixel."""
    whole, part = np.asarray(sheet), np.asarray(picture)
    height, width = part.shape[:2]
    corners = np.argwhere((whole[: 1 - height, : 1 - width] == part[0, 0]).all(axis=-1))
    return any(np.array_equal(whole[y : y + height, x : x + width], part) for y, x in corners)


def test_a_grid_as_one_picture_holds_every_picture_and_the_starting_noise_of_every_seed(grid: Grid) -> None:
    sheet = grid.picture
    assert all(holds(sheet, trace.picture) for row in grid.traces for trace in row)
    assert all(holds(sheet, row[0].steps[0].picture) for row in grid.traces)


def test_long_prompts_are_wrapped_beside_their_row(storybook: Model) -> None:
    prompts = ["a cute rabbit with a hat in space, watercolor, at night " * 3, "a castle"]
    grid = dx.grid(prompts, seed=[1, 2], model=storybook, steps=1, progress=False)
    assert grid.picture.width < 600
