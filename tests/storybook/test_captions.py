from random import Random

import pytest

from storybook.captions import caption, plural, with_article
from storybook.compositor import Description

FOX = Description("fox", "snow", "ink drawing")


def captions(description: Description, words: tuple[str, ...] = ("fox",), number: int = 300) -> list[str]:
    rng = Random(1)
    return [caption(description, words, rng) for _ in range(number)]


@pytest.mark.parametrize(
    ("one", "many"),
    [("cat", "cats"), ("mouse", "mice"), ("fox", "foxes"), ("cherry", "cherries"), ("cup of coffee", "cups of coffee")],
)
def test_nouns_have_plurals(one: str, many: str) -> None:
    assert plural(one) == many


def test_articles_follow_the_sound() -> None:
    assert with_article("owl") == "an owl"
    assert with_article("cute owl") == "a cute owl"


def test_captions_vary_in_wording_and_order() -> None:
    written = captions(FOX)
    assert len(set(written)) > 100
    assert any(text.startswith("ink") for text in written)
    assert any("in the style of" in text for text in written)


def test_some_captions_leave_out_scene_or_style() -> None:
    written = captions(FOX)
    assert any("ink" not in text for text in written)
    assert any("snow" not in text and "winter" not in text for text in written)


def test_few_captions_name_only_the_scene() -> None:
    scene_only = [text for text in captions(FOX) if "fox" not in text]
    assert 0 < len(scene_only) < 60
    assert all("snow" in text or "winter" in text for text in scene_only)


def test_a_scene_without_subject_is_captioned_as_what_is_shown() -> None:
    written = captions(Description("", "city", "cartoon"), ())
    assert any(text.startswith("a city") for text in written)
    assert any("beautiful city" in text for text in written)
    assert all("under" in text or "bottom" in text for text in captions(Description("", "underwater", "cartoon"), ()))


def test_synonyms_are_used() -> None:
    assert any("bunny" in text for text in captions(Description("rabbit", "night", "cartoon"), ("rabbit", "bunny")))


def test_numbers_and_sizes_are_named() -> None:
    written = captions(Description("fox", "snow", "cartoon", number=3))
    assert all("three" in text and "foxes" in text for text in written if "fox" in text)
    written = captions(Description("fox", "snow", "cartoon", size="tiny"))
    assert all("tiny" in text or "very small" in text for text in written if "fox" in text)


def test_a_caption_is_never_empty() -> None:
    assert all(captions(Description("", "white background", "3d render"), ()))


def test_colours_and_lights_are_named() -> None:
    written = captions(Description("fox", "snow", "cartoon", colour="blue"), words=("fox", "red fox"))
    assert all("blue fox" in text for text in written if "fox" in text)
    written = captions(Description("fox", "beach", "cartoon", light="sunset"))
    assert all(any(phrase in text for phrase in ("sunset", "evening light", "golden light")) for text in written)
