import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from diffusion_explainer.rendering import images


def frame(shade: int, edge: int = 32) -> NDArray[np.uint8]:
    return np.full((edge, edge, 3), shade, np.uint8)


def test_every_frame_of_a_sheet_comes_back_in_its_place() -> None:
    sheet = images.sprite_sheet([frame(20 * k) for k in range(11)])
    assert (sheet.frames, sheet.columns) == (11, 4)
    for k in range(11):
        assert abs(float(np.asarray(sheet.frame(k)).mean()) - 20 * k) < 3


def test_a_sheet_never_outgrows_what_a_browser_draws() -> None:
    wide = np.full((16, 4096, 3), 128, np.uint8)
    sheet = images.sprite_sheet([wide] * 9)
    assert max(sheet.image.size) <= 8192
    assert sheet.frame(8).size == (sheet.width, sheet.height)


def test_the_finished_picture_is_kept_without_loss() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(images.png(Image.fromarray(noise))))), noise)


def test_films_packed_together_are_what_they_are_alone() -> None:
    films = [frame(20 * k) for k in range(5)], [frame(250 - 20 * k) for k in range(4)]
    together = images.sprite_sheets(*films)
    assert [sheet.encoded for sheet in together] == [images.sprite_sheet(film).encoded for film in films]
