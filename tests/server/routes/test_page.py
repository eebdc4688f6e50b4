import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings

SCRIPT = "export const answer = 42;\n" * 40


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / "assets" / "index-abc.js").write_text(SCRIPT)
    (tmp_path / "assets" / "index-abc.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    return tmp_path


@contextmanager
def client_of(folder: Path) -> Iterator[httpx.Client]:
    """A client of a live server of one built page."""
    app = create_app(Settings.read(replay=True, store=str(folder), gallery=str(folder)), page=folder)
    with serving(app) as url, httpx.Client(base_url=url) as client:
        yield client


@pytest.fixture
def page(built: Path) -> Iterator[httpx.Client]:
    with client_of(built) as client:
        yield client


def test_the_page_is_asked_for_anew_and_its_hashed_files_are_kept(page: httpx.Client) -> None:
    assert page.get("/").text.startswith("<!doctype html>")
    assert page.get("/").headers["cache-control"] == "no-cache"
    assert page.get("/favicon.svg").headers["cache-control"] == "no-cache"
    assert "immutable" in page.get("/assets/index-abc.js").headers["cache-control"]


def test_a_page_that_has_not_changed_is_not_sent_again(page: httpx.Client) -> None:
    tag = page.get("/").headers["etag"]
    assert page.get("/", headers={"If-None-Match": tag}).status_code == 304


def test_a_compressed_copy_goes_to_those_who_read_it(page: httpx.Client) -> None:
    packed = page.get("/assets/index-abc.js", headers={"Accept-Encoding": "gzip"})
    plain = page.get("/assets/index-abc.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text == SCRIPT
    assert packed.headers["content-type"] == plain.headers["content-type"]
    assert packed.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/nope", "/assets", "/assets/", "/assets/nope.js", "/assets/..%2findex.html"])
def test_a_file_that_is_not_there_is_a_problem(page: httpx.Client, path: str) -> None:
    answer = page.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_without_a_built_page_it_says_how_to_build_one(tmp_path: Path) -> None:
    with client_of(tmp_path) as client:
        assert "make setup" in client.get("/").json()["detail"]


def test_a_server_sweeps_its_store_before_it_answers(built: Path) -> None:
    left = built / f"{'0' * 16}.{'a' * 32}.partial"
    left.mkdir()
    os.utime(left, (0, 0))
    with client_of(built):
        assert not left.exists()
