"""Real parts that many tests share: the Storybook model, tiny pipelines of every family, one trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch

import pipelines
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.storage.library import Library
from diffusion_explainer.traces.trace import Trace
from diffusion_explainer.tracing.generate import generate
from diffusion_explainer.tracing.models import Model, load_model

torch.set_num_threads(1)

FAMILIES = (pipelines.stable_diffusion_1, pipelines.stable_diffusion_2, pipelines.stable_diffusion_xl)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what draws with the embedded model, so that `make check` can leave it out."""
    for item in items:
        if isinstance(item, pytest.Function) and {"storybook", "pipeline"} & set(item.fixturenames):
            item.add_marker("model")


@pytest.fixture(scope="session")
def storybook() -> Model:
    """The embedded model, loaded."""
    return load_model()


@pytest.fixture
def storybook_pipeline(storybook: Model) -> Any:
    return storybook.pipeline


@pytest.fixture(scope="session", params=FAMILIES, ids=lambda build: build.__name__)
def tiny_pipeline(request: pytest.FixtureRequest) -> Any:
    """A tiny random pipeline of each family that can be traced."""
    return request.param()


@pytest.fixture(scope="session")
def trace(storybook: Model) -> Trace:
    """One short generation of the embedded model."""
    return generate(storybook, TraceRequest(prompt="a cute rabbit in space, pixel art", seed=3, steps=4))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An empty store beside an empty gallery."""
    return Library(BundleStore(str(tmp_path / "store")), BundleStore(str(tmp_path / "gallery")), limit=100)


@pytest.fixture(scope="session")
def server(storybook: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A live server with the embedded model and an empty store; its URL."""
    folder = tmp_path_factory.mktemp("server")
    settings = Settings.read(store=str(folder / "store"), gallery=str(folder / "gallery"), queue_limit=3)
    with serving(create_app(settings, load=lambda: storybook)) as url:
        yield url


@pytest.fixture(scope="session")
def http(server: str) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client
