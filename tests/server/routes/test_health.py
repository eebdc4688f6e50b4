"""Alive and ready are two questions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from diffusion_explainer.errors import ModelNotFound
from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings
from diffusion_explainer.tracing.models import Model


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.read(store=str(tmp_path / "store"), gallery=str(tmp_path / "gallery"))


def test_a_server_whose_model_failed_is_alive_and_says_so_but_not_ready(settings: Settings) -> None:
    def load() -> Model:
        raise ModelNotFound("/srv/somebody/model", "no such folder.")

    with serving(create_app(settings, load=load)) as url, httpx.Client(base_url=url) as http:
        until(lambda: http.get("/healthz").json()["model"] == "failed")
        assert http.get("/healthz").status_code == 200
        assert http.get("/healthz").json()["status"] == "failed"
        ready = http.get("/readyz")
        assert (ready.status_code, ready.json()["type"]) == (503, "/api/docs#model-unavailable")
        assert "retry-after" not in ready.headers


def test_a_server_is_ready_once_its_model_is(settings: Settings, storybook: Model) -> None:
    gate = threading.Event()

    def load() -> Model:
        gate.wait(30)
        return storybook

    with serving(create_app(settings, load=load)) as url, httpx.Client(base_url=url) as http:
        assert http.get("/healthz").json() == {"status": "ok", "model": "loading"}
        assert (http.get("/readyz").status_code, http.get("/readyz").headers["retry-after"]) == (503, "2")
        gate.set()
        until(lambda: http.get("/readyz").status_code == 200)


def until(true: Callable[[], bool]) -> None:
    for _ in range(500):
        if true():
            return
        threading.Event().wait(0.01)
    raise TimeoutError
