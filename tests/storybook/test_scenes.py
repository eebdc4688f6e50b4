from random import Random

import numpy as np
import pytest

from storybook.scenes import SCENES, SIZE, paint


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_the_same_for_the_same_seed(name: str) -> None:
    first, second = paint(name, Random(5)), paint(name, Random(5))
    assert first.size == (SIZE, SIZE)
    assert np.array_equal(np.asarray(first), np.asarray(second))


@pytest.mark.parametrize("name", [name for name, scene in SCENES.items() if scene.is_place])
def test_no_two_seeds_paint_the_same_place_alike(name: str) -> None:
    first, second = (np.asarray(paint(name, Random(seed)), float) for seed in (1, 2))
    assert np.abs(first - second).mean() > 2
