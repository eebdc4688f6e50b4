"""A whole trace that needs no model, and stores of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pytest

from diffusion_explainer.storage.bundle_store import BundleStore, open_trace
from diffusion_explainer.traces.trace import Trace

STORED = Path(__file__).parent / "version-1"


@pytest.fixture(scope="session")
def stored() -> Trace:
    """The trace of a bundle that comes along."""
    return open_trace(STORED)


@pytest.fixture(scope="session")
def object_storage() -> Iterator[str]:
    """The address of an S3 server in this process, with a bucket `traces`."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0)
    pytest.importorskip("s3fs")
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(object_storage: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty prefix of a bucket, for which the environment has address and credentials."""
    told = {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret", "DEFAULT_REGION": "us-east-1"}
    for name, value in {**told, "ENDPOINT_URL": object_storage}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    filesystem: Any = fsspec.filesystem("s3", skip_instance_cache=True, use_listings_cache=False)
    filesystem.mkdir("traces")
    yield "s3://traces/store"
    filesystem.rm("traces", recursive=True)
    type(filesystem).clear_instance_cache()


@pytest.fixture(params=["disk", "memory", "s3"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BundleStore]:
    """An empty store on a disk and in object storage of two kinds."""
    urls = {"disk": str(tmp_path / "store"), "memory": "memory://anywhere"}
    store = BundleStore(urls.get(request.param) or request.getfixturevalue("s3"))
    yield store
    if request.param == "memory":
        with suppress(FileNotFoundError):
            store.filesystem.rm(store.root, recursive=True)


def numbered(trace: Trace, number: int) -> Trace:
    """The trace under another id."""
    return replace(trace, id=f"{number:016x}")


def larger(trace: Trace, number: int) -> Trace:
    """The trace as another machine could have drawn it: its picture has some more bytes."""
    return replace(trace, picture_png=trace.picture_png + bytes(number))
