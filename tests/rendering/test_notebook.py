import dataclasses
import re

from diffusion_explainer.traces.trace import Trace


def test_a_trace_shows_its_tokens_and_pictures_without_reaching_out(trace: Trace) -> None:
    html = trace._repr_html_()
    assert "rabbit" in html
    assert html.count("<img") == len(trace.steps) + 1
    assert not re.search(r'(src|href)="(?!data:)', html)


def test_a_prompt_cannot_inject_markup(trace: Trace) -> None:
    token = dataclasses.replace(trace.tokens[1], text="<script>alert(1)</script>")
    html = dataclasses.replace(trace, tokens=(token,))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
