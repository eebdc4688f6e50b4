"""The page's engine is tested against what Python computes."""

from __future__ import annotations

import page_fixtures


def test_what_the_page_is_tested_against_is_what_python_computes() -> None:
    for name, content in page_fixtures.fixtures().items():
        assert (page_fixtures.FOLDER / name).read_text("utf-8") == content, name
