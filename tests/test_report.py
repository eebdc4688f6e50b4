import re
from html.parser import HTMLParser

import pytest

from diffusion_explainer import experiments
from diffusion_explainer.report import comparison_page
from diffusion_explainer.request import TraceRequest

SPACE = TraceRequest(prompt="a rabbit in space & time", seed=3, steps=3)


@pytest.fixture(scope="module")
def page(storybook):
    other = SPACE.model_copy(update={"prompt": "a rabbit <b>at night</b>"})
    return comparison_page(experiments.compare(storybook, SPACE, other))


def test_a_report_stands_alone(page):
    assert not re.search(r'(src|href)="(?!data:)|url\(|@import|<script', page)


def test_a_report_shows_both_films_and_the_difference_between(page):
    assert page.count("<img") == 3 * 3
    assert "half of it is there when step" in page


def test_prompts_cannot_inject_markup(page):
    seen = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: seen.append(tag)
    parser.feed(page)
    assert set(seen) <= {
        "html",
        "meta",
        "title",
        "body",
        "style",
        "div",
        "h2",
        "span",
        "p",
        "img",
        "svg",
        "polyline",
        "path",
    }
    assert "&lt;" in page


def test_equal_runs_are_said_to_be_equal(storybook):
    assert "The two runs are equal" in comparison_page(experiments.compare(storybook, SPACE, SPACE))
