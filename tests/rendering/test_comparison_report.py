import re
from html.parser import HTMLParser

import pytest

from diffusion_explainer.rendering.comparison_report import comparison_page
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.tracing import experiments
from diffusion_explainer.tracing.models import Model


class Tags(HTMLParser):
    """The names of all elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)


SPACE = TraceRequest(prompt="a rabbit in space & time", seed=3, steps=3)


@pytest.fixture(scope="module")
def page(storybook: Model) -> str:
    other = SPACE.model_copy(update={"prompt": "a rabbit <script>at night</script>"})
    return comparison_page(experiments.compare(storybook, SPACE, other))


def test_a_report_stands_alone(page: str) -> None:
    assert not re.search(r'(src|href)="(?!data:)|url\(|@import|<script', page)


def test_a_report_shows_both_pictures_both_films_and_four_rows_of_differences(page: str) -> None:
    assert page.count("<img") == 2 + 3 * (2 + 4)
    assert page.count("differ, step 2") == 2 * 4
    assert "Half of the final distance is there when step" in page


def test_differing_words_are_marked_where_they_stand(page: str) -> None:
    assert 'a rabbit <mark class="a">in space &amp; time</mark>' in page


def test_a_long_run_shows_as_many_frames_as_fit(storybook: Model) -> None:
    long = SPACE.model_copy(update={"steps": 30})
    page = comparison_page(experiments.compare(storybook, long, long.model_copy(update={"prompt": "a castle"})))
    assert page.count("A heading for, step") == 2 * 15


def test_prompts_cannot_inject_markup(page: str) -> None:
    parser = Tags()
    parser.feed(page)
    assert "script" not in parser.seen
    assert "figure" in parser.seen
    assert "&lt;script&gt;" in page


def test_equal_runs_are_said_to_be_equal(storybook: Model) -> None:
    assert "The two runs are equal" in comparison_page(experiments.compare(storybook, SPACE, SPACE))
