"""Every request has an id, and one that fails unexpectedly is a problem like any other."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from diffusion_explainer.gallery.index import Gallery
from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a server that replays an empty gallery."""
    app = create_app(Settings.read(replay=True, store=str(tmp_path / "store"), gallery=str(tmp_path / "gallery")))
    with serving(app) as url, httpx.Client(base_url=url) as client:
        yield client


def test_a_problem_names_its_request(replay: httpx.Client) -> None:
    answers = [replay.get("/api/traces/0123456789abcdef") for _ in range(2)]
    ids = [answer.headers["x-request-id"] for answer in answers]
    assert len({*ids}) == 2
    assert [answer.json()["request_id"] for answer in answers] == ids


def test_a_request_is_logged_without_its_query(replay: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "diffusion_explainer.server.request_log"):
        replay.get("/api/model", params={"token": "secret"})
        replay.get("/healthz")  # so that the line of the first request is there
    line = next(record.getMessage() for record in caplog.records if "request_log" in record.name)
    assert line.startswith("GET '/api/model' 200")
    assert "secret" not in line


def test_what_nobody_expected_is_a_problem_with_the_id_and_headers_of_its_request(
    replay: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def index(gallery: Gallery) -> None:
        raise OSError("/srv/somebody/store is gone")

    monkeypatch.setattr(Gallery, "index", index)
    answer = replay.get("/api/gallery")
    assert (answer.status_code, answer.json()["type"]) == (500, "/api/docs#unexpected")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "content-security-policy" in answer.headers
    assert "somebody" not in answer.text
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [OSError]
