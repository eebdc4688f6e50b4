"""HTML made by templates: what people wrote comes out as text, wherever it stands."""

import dataclasses
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from diffusion_explainer.analysis.comparison import Comparison
from diffusion_explainer.analysis.grid import Grid
from diffusion_explainer.analysis.leave_one_out import LeaveOneOut, LeftOut
from diffusion_explainer.analysis.trajectory import trajectories
from diffusion_explainer.rendering import notebook
from diffusion_explainer.rendering.comparison_report import comparison_html, comparison_page
from diffusion_explainer.rendering.trace_report import trace_page
from diffusion_explainer.traces.trace import Trace

EVIL = "\"><script>alert('&')</script>"


@pytest.fixture(scope="module")
def hostile(trace: Trace) -> Trace:
    """A trace in which everything that is text tries to leave its place."""
    origin: dict[str, Any] = {"step": 1, "prompt": f"o{EVIL}", "negative_prompt": f"on{EVIL}", "guidance_scale": 7.0}
    request = trace.request.model_copy(
        update={
            "prompt": f"p{EVIL}",
            "negative_prompt": f"n{EVIL}",
            "scheduler": f"s{EVIL}",
            "branched_from": (type(trace.request.branched(1, prompt="x").branched_from[0]).model_construct(**origin),),
        }
    )
    return dataclasses.replace(
        trace,
        id=f"i{EVIL}",
        created=f"d{EVIL}",
        request=request,
        model=dataclasses.replace(trace.model, name=f"m{EVIL}", pipeline=f"l{EVIL}"),
        tokens=tuple(dataclasses.replace(token, text=f"t{EVIL}") for token in trace.tokens),
        cut_tokens=(dataclasses.replace(trace.tokens[1], kind="cut", slot=None, text=f"c{EVIL}"),),
        steps=tuple(
            dataclasses.replace(step, coefficients={**step.coefficients, f"k{EVIL}": 1.0}) for step in trace.steps
        ),
    )


def pages_of(trace: Trace) -> dict[str, str]:
    left_out = LeftOut(f"w{EVIL}", trace, 0.5, np.ones((4, 4), np.float32))
    other = dataclasses.replace(trace, request=trace.request.model_copy(update={"prompt": f"another {EVIL}"}))
    return {
        "trace report": trace_page(trace, trace.picture_png),
        "comparison report": comparison_page(Comparison(trace, other)),
        "comparison": comparison_html(Comparison(trace, other)),
        "trace": notebook.trace_html(trace),
        "leave one out": notebook.leave_one_out_html(LeaveOneOut(trace, (left_out,))),
        "grid": notebook.grid_html(Grid("prompt", "negative_prompt", ((trace, other),))),
        "grid of seeds": notebook.grid_html(Grid("seed", "scheduler", ((trace, other),))),
        "trajectories": notebook.trajectories_html(trajectories([trace, other])),
    }


class Reader(HTMLParser):
    """The tags, the names of their attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_what_people_and_models_are_called_cannot_inject_markup(trace: Trace, hostile: Trace) -> None:
    tame = pages_of(trace)
    for name, page in pages_of(hostile).items():
        read = Reader(page)
        assert not set(read.tags) - set(Reader(tame[name]).tags) - {"dt", "dd"}, name
        assert not read.attributes - Reader(tame[name]).attributes, name


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("trace report", "pnosmldtcik"),
        ("comparison report", "pnsm"),
        ("trace", "osmtci"),
        ("leave one out", "pnsmw"),
        ("grid", "pnsm"),
        ("grid of seeds", "pnsm"),
        ("trajectories", "p"),
    ],
)
def test_text_is_shown_as_it_was_written(hostile: Trace, page: str, shown: str) -> None:
    text = Reader(pages_of(hostile)[page]).text
    assert [letter for letter in shown if f"{letter}{EVIL}" not in text] == []


def test_a_part_of_a_page_styles_nothing_but_itself(trace: Trace) -> None:
    style = notebook.trace_html(trace).partition("</style>")[0]
    rules = [line for line in style.splitlines() if "{" in line and not line.startswith((" ", "/*", "<"))]
    assert len(rules) > 40
    assert [rule for rule in rules if not rule.startswith(".dx")] == []


def test_the_package_is_imported_without_the_template_engine() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", "import sys, diffusion_explainer; print('jinja2' in sys.modules)"],
        capture_output=True,
        text=True,
    )
    assert ran.stdout.strip() == "False", ran.stderr
