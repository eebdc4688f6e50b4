"""A token keeps strangers out, and a limit slows everybody down."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings

Serve: TypeAlias = Callable[..., httpx.Client]

TOKEN = "x7-$%~"
REQUEST = {"prompt": "a rabbit", "steps": 1}


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a server that replays an empty gallery."""
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "index.html").write_text("<!doctype html>")
    opened = contextlib.ExitStack()

    def start(**settings: Any) -> httpx.Client:
        folders = {"store": str(tmp_path / "store"), "gallery": str(tmp_path / "gallery")}
        app = create_app(Settings.read(replay=True, **folders, **settings), page=tmp_path / "page")
        return opened.enter_context(httpx.Client(base_url=opened.enter_context(serving(app))))

    with opened:
        yield start


def test_without_its_token_a_server_answers_monitoring_only(serve: Serve) -> None:
    http = serve(token=TOKEN)
    for path in ("/", "/api/model", "/api/docs", "/metrics", "/?token=wrong", "/nope"):
        answer = http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "content-security-policy" in answer.headers
    assert http.post("/api/traces", json=REQUEST, params={"token": TOKEN}).status_code == 401
    assert [http.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_a_program_sends_the_token_with_each_request(serve: Serve) -> None:
    http = serve(token=TOKEN)
    assert http.get("/api/model", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    for wrong in ("Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x"):
        assert http.get("/api/model", headers={"Authorization": wrong}).status_code == 401


def test_a_browser_opens_the_page_with_the_token_once(serve: Serve) -> None:
    http = serve(token=TOKEN)
    answer = http.get("/", params={"token": TOKEN, "a": "b c"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?a=b+c")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert http.get("/").status_code == 200


def test_the_token_leads_to_no_other_host(serve: Serve) -> None:
    http = serve(token="abc")
    answer = http.get(http.base_url.copy_with(raw_path=b"//elsewhere.example/?token=abc"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/elsewhere.example/")


def test_a_client_that_posts_too_often_is_told_when_to_come_again(serve: Serve) -> None:
    http = serve(rate_limit=2)
    statuses = [http.post("/api/traces", json=REQUEST).status_code for _ in range(3)]
    assert statuses == [503, 503, 429]
    refused = http.post("/api/traces", json=REQUEST)
    assert refused.json()["type"] == "/api/docs#too-many-requests"
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    assert http.get("/api/model").status_code == 200


def test_nothing_is_limited_unless_asked(serve: Serve) -> None:
    http = serve()
    assert {http.post("/api/traces", json=REQUEST).status_code for _ in range(30)} == {503}


@pytest.mark.parametrize("long", [{"headers": {"X-Long": "x" * 40_000}}, {"params": {"follow": "x" * 40_000}}])
def test_headers_and_addresses_that_are_too_long_are_problems(serve: Serve, long: dict[str, Any]) -> None:
    answer = serve().get("/api/model", **long)
    assert (answer.status_code, answer.headers["content-type"]) == (431, "application/problem+json")


def test_headers_without_end_are_not_held(serve: Serve) -> None:
    http = serve()
    with socket.create_connection((http.base_url.host, http.base_url.port or 0)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        with contextlib.suppress(OSError):  # it hung up
            for _ in range(100):
                connection.sendall(b"X-Long: " + b"x" * 10_000 + b"\r\n")
        connection.settimeout(5)
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(100).startswith(b"HTTP/1.1 400")
    assert http.get("/healthz").status_code == 200
