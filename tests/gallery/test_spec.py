from collections.abc import Callable
from pathlib import Path

import pytest

from diffusion_explainer import resources
from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.gallery.spec import GallerySpec
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.tracing.models import Model

LIST = """
settings: {seed: [1, 2], guidance_scale: [0, 7], steps: 2}
starter: {seed: 1, guidance_scale: 7}
pairs:
  - {title: pixel or ink, a: "a rabbit, pixel art", b: "a rabbit, ink drawing"}
  - {title: rabbit or fox, a: "a rabbit, pixel art", b: "a fox, pixel art", starter: all}
prompts:
  - {title: By day, prompt: an owl, negative_prompt: at night, seed: 5, guidance_scale: 7}
examples: [a panda]
"""


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., GallerySpec]:
    """Reads the list with a part of it replaced."""

    def read(before: str = "", after: str = "") -> GallerySpec:
        path = tmp_path / "gallery.yaml"
        path.write_text(LIST.replace(before, after) if before else LIST)
        return GallerySpec.read(path)

    return read


def test_a_field_that_is_a_list_stands_for_each_of_its_values(read: Callable[..., GallerySpec]) -> None:
    settings = [
        (one.request.seed, one.request.guidance_scale)
        for one in read().entries
        if one.request.prompt == "a fox, pixel art"
    ]
    assert sorted(settings) == [(1, 0), (1, 7), (2, 0), (2, 7)]


def test_a_prompt_of_two_pairs_is_one_prompt(read: Callable[..., GallerySpec]) -> None:
    requests = [entry.request for entry in read().entries]
    assert len(requests) == len(set(requests)) == 3 * 4 + 1


def test_the_starter_has_every_prompt_and_the_whole_of_some(read: Callable[..., GallerySpec]) -> None:
    starter = [entry.request for entry in read().starter]
    assert {request.prompt for request in starter} == {entry.request.prompt for entry in read().entries}
    assert sum(request.prompt == "a fox, pixel art" for request in starter) == 4
    assert sum(request.prompt == "a rabbit, ink drawing" for request in starter) == 1


def test_what_is_shown_first_comes_first(read: Callable[..., GallerySpec]) -> None:
    first = read().entries[0].request
    assert (first.prompt, first.seed, first.guidance_scale) == ("a rabbit, pixel art", 1, 7)
    assert [(pair.a.seed, pair.a.guidance_scale) for pair in read().pairs] == [(1, 7), (1, 7)]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("seed: 5", "seed: -5", "prompt 'By day': seed is -5"),
        ("seed: 5", "sede: 5", "prompt 'By day': sede"),
        ("a fox, pixel art", "", "pair 'rabbit or fox', b: prompt"),
        ("starter: all", "starter: some", "pair 'rabbit or fox', a: starter is 'some'"),
    ],
)
def test_a_bad_entry_is_named_with_its_field_and_the_others_stay(
    read: Callable[..., GallerySpec], before: str, after: str, told: str
) -> None:
    spec = read(before, after)
    assert str(spec.rejected[0]).startswith(told)
    assert len(spec.pairs) + len({entry.request.prompt for entry in spec.entries}) >= 3


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [("pairs:", "paris:", "paris"), ("prompts:", "starter:", "starter"), ("examples: [", "examples: {[", "YAML")],
)
def test_a_file_that_is_no_list_is_refused(
    read: Callable[..., GallerySpec], before: str, after: str, told: str
) -> None:
    with pytest.raises(InvalidRequest, match=told):
        read(before, after)


@pytest.mark.parametrize("name", ["gallery.yaml", "gallery-sd.yaml"])
def test_the_lists_that_come_along_are_whole(name: str) -> None:
    spec = GallerySpec.read(resources.gallery_list().with_name(name))
    assert spec.rejected == []
    assert len(spec.pairs) >= 13
    assert len(spec.entries) >= 13 * 2 * 3 * 4
    for pair in spec.pairs:
        a, b = pair.a.model_dump(), pair.b.model_dump()
        assert {field for field in a if a[field] != b[field]} == {"prompt"}
    squares = [pair for pair in spec.pairs if _runs(spec, pair.a) == _runs(spec, pair.b) == 12]
    assert len(squares) >= 2
    assert any(entry.request.negative_prompt for entry in spec.starter)


def _runs(spec: GallerySpec, request: TraceRequest) -> int:
    """How many runs of the starter differ from `request` in seed and guidance alone."""
    square = {"seed": request.seed, "guidance_scale": request.guidance_scale}
    return sum(entry.request.model_copy(update=square) == request for entry in spec.starter)


def test_the_list_of_the_embedded_model_has_prompts_longer_than_it_reads(storybook: Model) -> None:
    tokenizer = storybook.pipeline.tokenizer
    spec = GallerySpec.read(resources.gallery_list())
    assert spec.entries[0].request.prompt == "a cute rabbit in space, pixel art"
    assert sum(len(tokenizer(entry.request.prompt).input_ids) > 77 for entry in spec.starter) >= 2
