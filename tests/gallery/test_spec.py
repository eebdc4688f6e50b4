import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\xff", "YAML"),
        ("[" * 100_000, "YAML"),
        ("prompts: [{prompt: a, title: 2001-99-99}]", "YAML"),
        ("prompts: [{1: a}]", "name of a field"),
        ("prompts: []\nexamples: [1]", "must be text"),
        ('prompts: []\nexamples: ["\\ud800"]', "must be text"),
        ("prompts: &a [*a]", "values"),
        (
            "prompts: []\nstarter: {a: &a [x, x, x, x, x, x, x, x, x, x], "
            + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}], " for a, b in zip("abcdefg", "bcdefgh", strict=True))
            + "}",
            "values",
        ),
    ],
    ids=lambda text: text[:30],
)
def test_a_file_that_is_broken_or_endless_is_refused_at_once(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "gallery.yaml"
    path.write_text(text, "latin-1")
    with pytest.raises(InvalidRequest, match=told) as refused:
        GallerySpec.read(path)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"nowhere\.yaml cannot be read: No such file"):
        GallerySpec.read(tmp_path / "nowhere.yaml")


def test_an_entry_of_a_million_runs_is_rejected(read: Callable[..., GallerySpec]) -> None:
    thousand = list(range(1000))
    spec = read("seed: 5, guidance_scale: 7", f"seed: {thousand}, guidance_scale: {thousand}")
    assert [error.message for error in spec.rejected] == ["must not be more than 10000 in a spec"]
    assert len(spec.entries) == 12


def test_a_list_of_prompts_has_a_title_each(tmp_path: Path) -> None:
    (tmp_path / "gallery.yaml").write_text("prompts: [{prompt: [a cat, a dog], steps: 1}]")
    assert [entry.title for entry in GallerySpec.read(tmp_path / "gallery.yaml").entries] == ["a cat", "a dog"]


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates() | st.binary(max_size=3)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3), max_leaves=6
)
FIELDS = st.sampled_from(
    ["title", "prompt", "a", "b", "seed", "steps", "starter", "scheduler", "branched_from", "guidance_scale"]
)
SECTIONS = st.fixed_dictionaries(
    {"prompts": st.lists(st.dictionaries(FIELDS, VALUES, max_size=3), max_size=2)},
    optional={
        "pairs": st.lists(st.dictionaries(FIELDS, VALUES, max_size=3), max_size=2),
        "settings": st.dictionaries(FIELDS, VALUES, max_size=2),
        "starter": st.dictionaries(FIELDS, VALUES, max_size=2),
        "examples": st.lists(VALUES, max_size=2),
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wire=SECTIONS | VALUES)
def test_any_yaml_is_read_or_refused_and_what_is_read_can_be_stored(tmp_path: Path, wire: object) -> None:
    path = tmp_path / "gallery.yaml"
    path.write_text(yaml.safe_dump(wire), "utf-8")
    with contextlib.suppress(InvalidRequest):
        spec = GallerySpec.read(path)
        json.dumps([[entry.title, entry.request.model_dump()] for entry in spec.entries], ensure_ascii=False).encode()
        json.dumps([spec.examples, [pair.title for pair in spec.pairs]], ensure_ascii=False).encode()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="ab: -[]{}&*!|>\n\"'%@#,?0.~", max_size=60))
def test_any_text_is_read_or_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gallery.yaml"
    path.write_text(text, "utf-8")
    with contextlib.suppress(InvalidRequest):
        GallerySpec.read(path)
