"""Real parts that many tests share: the Storybook model, tiny pipelines of every family, one trace."""

from __future__ import annotations

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
from diffusion_explainer.tracing.generate import generate
from diffusion_explainer.tracing.models import load_model

torch.set_num_threads(1)

FAMILIES = (pipelines.stable_diffusion_1, pipelines.stable_diffusion_2, pipelines.stable_diffusion_xl)


@pytest.fixture(scope="session")
def storybook():
    """The embedded model, loaded."""
    return load_model()


@pytest.fixture
def storybook_pipeline(storybook):
    return storybook.pipeline


@pytest.fixture(scope="session", params=FAMILIES, ids=lambda build: build.__name__)
def tiny_pipeline(request):
    """A tiny random pipeline of each family that can be traced."""
    return request.param()


@pytest.fixture(scope="session")
def trace(storybook):
    """One short generation of the embedded model."""
    return generate(storybook, TraceRequest(prompt="a cute rabbit in space, pixel art", seed=3, steps=4))


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def library(tmp_path):
    """An empty store beside an empty gallery."""
    return Library(BundleStore(str(tmp_path / "store")), BundleStore(str(tmp_path / "gallery")), limit=100)


@pytest.fixture(scope="session")
def server(storybook, tmp_path_factory):
    """A live server with the embedded model and an empty store; its URL."""
    folder = tmp_path_factory.mktemp("server")
    settings = Settings.read(store=str(folder / "store"), gallery=str(folder / "gallery"), queue_limit=3)
    with serving(create_app(settings, load=lambda: storybook)) as url:
        yield url


@pytest.fixture(scope="session")
def http(server):
    """A client of that server."""
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client
