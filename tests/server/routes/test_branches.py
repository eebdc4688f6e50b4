"""Branches asked for while the model loads."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

import pipelines
from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing.models import Model, load_model


def test_a_run_of_another_model_is_not_branched_however_early_one_asks(trace: Trace, tmp_path: Path) -> None:
    asked = threading.Event()

    def load() -> Model:
        assert asked.wait(60)
        return load_model(pipelines.stable_diffusion_1())

    settings = Settings.read(store=str(tmp_path / "store"), gallery=str(tmp_path / "gallery"))
    BundleStore(settings.store).save(trace)
    branch = {"trace": trace.id, "step": 2, "prompt": "a castle"}
    with (
        serving(create_app(settings, load=load)) as url,
        httpx.Client(base_url=url, timeout=60) as http,
        ThreadPoolExecutor() as threads,
    ):
        early = threads.submit(http.post, "/api/branches", json=branch)
        assert http.get("/api/model").json()["status"] == "loading"
        asked.set()
        answers = [early.result(), http.post("/api/branches", json=branch)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert "the model of this server" in answers[0].json()["detail"]
