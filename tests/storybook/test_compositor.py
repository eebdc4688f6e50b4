from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from storybook.art import Art
from storybook.compositor import Description
from storybook.dataset import Renderer
from storybook.light import LIGHTS
from storybook.styles import STYLES


def test_a_description_always_renders_to_the_same_picture(art: Art) -> None:
    description = Description("ball", "beach", "3d render", seed=7)
    renderer = Renderer(art)
    assert np.array_equal(renderer.pixels(description), renderer.pixels(description))


@pytest.mark.parametrize("style", STYLES)
def test_every_style_looks_different_from_the_plain_render(art: Art, style: str) -> None:
    renderer = Renderer(art)
    plain, styled = (
        renderer.pixels(Description("ball", "forest", name, seed=7)).astype(float) for name in ("3d render", style)
    )
    assert styled.shape == (128, 128, 3)
    assert (np.abs(plain - styled).mean() > 3) == (style != "3d render")


def test_pixel_art_is_made_of_squares_of_four_pixels(art: Art) -> None:
    pixels = Renderer(art).pixels(Description("ball", "city", "pixel art", seed=2))
    blocks = pixels.reshape(32, 4, 32, 4, 3)
    assert (blocks == blocks[:, :1, :, :1]).all()


def red_pixels(art: Art, **attributes: Any) -> NDArray[np.intp]:
    pixels = Renderer(art).pixels(Description("ball", "white background", "3d render", seed=4, **attributes))
    return np.argwhere((pixels[..., 0] > 200) & (pixels[..., 1] < 60))


def test_size_and_position_change_the_subject_as_named(art: Art) -> None:
    assert len(red_pixels(art, size="huge")) > 1.5 * len(red_pixels(art)) > 3 * len(red_pixels(art, size="tiny"))
    left, right = (red_pixels(art, position=side)[:, 1].mean() for side in ("left", "right"))
    assert left < 50 < 78 < right


def test_three_subjects_are_three_separate_shapes(art: Art) -> None:
    row = np.unique(red_pixels(art, number=3)[:, 1])
    assert len(row) > 60
    assert len(red_pixels(art, number=3)) < 1.3 * len(red_pixels(art))


def test_a_coloured_subject_has_that_colour_and_keeps_its_scene(art: Art) -> None:
    plain, blue = (
        Renderer(art).pixels(Description("ball", "meadow", "3d render", colour=c, seed=4)) for c in ("", "blue")
    )
    red, green, deep = blue[64, 64].astype(int)
    assert deep > green > red
    assert np.array_equal(plain[:8], blue[:8])


@pytest.mark.parametrize("light", LIGHTS)
def test_light_changes_subject_and_scene(art: Art, light: str) -> None:
    plain, lit = (
        Renderer(art).pixels(Description("ball", "beach", "cartoon", light=name, seed=4)) for name in ("", light)
    )
    difference = np.abs(plain.astype(float) - lit).mean(2)
    assert difference[64, 64] > 3
    assert difference[:8].mean() > 10


def test_every_brick_of_a_mosaic_has_one_colour(art: Art) -> None:
    pixels = Renderer(art).pixels(Description("ball", "city", "mosaic", seed=2))
    brick_colours = np.unique(pixels.reshape(-1, 3), axis=0)
    assert len(brick_colours) <= 2 * 20**2
