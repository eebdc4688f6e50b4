import base64
import re

import pytest

from diffusion_explainer import read_request
from diffusion_explainer.rendering.trace_report import trace_page
from diffusion_explainer.storage.png_metadata import with_metadata
from diffusion_explainer.traces.trace import Trace


@pytest.fixture(scope="module")
def page(trace: Trace) -> str:
    return trace_page(trace, with_metadata(trace))


def test_a_report_stands_alone(page: str) -> None:
    assert not re.search(r'(src|href)="(?!data:)|url\(|@import|<script', page)


def test_every_step_is_there_in_pictures_and_numbers(page: str, trace: Trace) -> None:
    assert page.count("<figure>") == 2 * len(trace.steps)
    for step in trace.steps:
        assert f"<td>{step.timestep:g}<td>{step.noise_level:.3f}" in page


def test_its_picture_opens_the_run_again(page: str, trace: Trace) -> None:
    picture = re.search(r'src="data:image/png;base64,([^"]+)"', page)
    assert picture is not None
    assert read_request(base64.b64decode(picture[1])) == trace.request
