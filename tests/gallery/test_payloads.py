"""Which runs of a gallery stand for all of it."""

import pytest

from diffusion_explainer import resources
from diffusion_explainer.gallery.index import Gallery
from diffusion_explainer.gallery.payloads import background_of, clip_pictures_payload


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    return Gallery(str(resources.gallery()))


@pytest.mark.parametrize("left", [23, 35, 12, 5, 1, 0])
def test_a_background_is_spread_over_all_of_the_gallery(gallery: Gallery, left: int) -> None:
    ids = [listing["id"] for listing in gallery.index()["traces"]]
    own, others = ids[left:], ids[:left]
    chosen = [others.index(listing["id"]) for listing in background_of(gallery, own)]
    assert len(chosen) == min(12, left)
    assert chosen == sorted(set(chosen))
    gaps = [after - before for before, after in zip([*chosen, left][:-1], [*chosen, left][1:], strict=True)]
    assert max(gaps, default=0) <= min(gaps, default=0) + 1


def test_a_dozen_pictures_are_of_different_prompts(gallery: Gallery) -> None:
    prompts = [picture["prompt"] for picture in clip_pictures_payload(gallery)["pictures"]]
    assert len(set(prompts)) == len(prompts) == 12
