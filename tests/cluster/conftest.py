"""A Ray cluster of two workers, an object store and a server that uses both, where nothing else can reach them."""

import fcntl
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from subprocess import Popen

import boto3
import httpx
import pytest

from diffusion_explainer.storage.bundle_store import BundleStore

OBJECTS, RAY, SERVER = (f"127.0.0.1:{port}" for port in (8160, 8161, 8162))
STORE = "s3://traces/store"
PATIENCE = 300  # seconds; a Ray worker that imports torch takes 10 to 60
BRING_UP, UP = 0x8914, 1  # SIOCSIFFLAGS, IFF_UP


@pytest.fixture(scope="session", autouse=True)
def own_network() -> None:
    """Skips where there is a network that others are on, too."""
    if len(Path("/proc/net/route").read_text().splitlines()) > 1:
        pytest.skip("Ray listens on every interface: run tests/test_cluster.py, which runs these where there is none")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, BRING_UP, struct.pack("16sh22x", b"lo", UP))


@pytest.fixture(scope="session")
def environment(own_network: None) -> Iterator[None]:
    """What every process of the cluster is told, and this one."""
    told = {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_raylet_start_wait_time_s": "300",  # a computer that is busy with other work takes its time
        "RAY_agent_register_timeout_ms": "300000",
        "RAY_worker_register_timeout_seconds": "300",
        "AWS_ENDPOINT_URL": f"http://{OBJECTS}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "OMP_NUM_THREADS": "1",
        "DIFFUSION_EXPLAINER_STORE": STORE,
        "DIFFUSION_EXPLAINER_GALLERY": f"{STORE}-gallery",
        "PYTHONPATH": str(Path(__file__).parents[2] / "backend"),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def store(environment: None) -> Iterator[BundleStore]:
    """An object store with an empty place for traces."""
    with running(
        "moto.server", "-H", "127.0.0.1", "-p", OBJECTS.partition(":")[2], ready=lambda said: listens(OBJECTS)
    ):
        boto3.client("s3").create_bucket(Bucket="traces")
        yield BundleStore(STORE)


@pytest.fixture(scope="session")
def cluster(environment: None) -> Iterator[str]:
    """A head and two workers of one core each; the address."""
    port = RAY.partition(":")[2]
    with (  # a short folder: the paths of Ray's sockets have a limit
        tempfile.TemporaryDirectory(prefix="ray", dir="/tmp", ignore_cleanup_errors=True) as folder,
        ray_node("--head", f"--port={port}", "--num-cpus=0", "--include-dashboard=false", f"--temp-dir={folder}"),
        ray_node(f"--address={RAY}", "--num-cpus=1"),
        ray_node(f"--address={RAY}", "--num-cpus=1"),
    ):
        yield RAY


@pytest.fixture(scope="module")
def api(cluster: str, store: BundleStore) -> Iterator[httpx.Client]:
    """A client of `serve --engine ray` on that cluster."""
    options = {
        "engine": "ray",
        "ray-address": cluster,
        "ray-max-replicas": 2,
        "ray-idle-seconds": 5,
        "batch-limit": 2,
        "port": SERVER.partition(":")[2],
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with (
        running("diffusion_explainer", "serve", *arguments, ready=lambda said: listens(SERVER)),
        httpx.Client(base_url=f"http://{SERVER}", timeout=PATIENCE) as client,
    ):
        wait_until(lambda: client.get("/api/model").json()["status"] != "loading")
        yield client


def ray_node(*arguments: str) -> AbstractContextManager[Popen[bytes]]:
    common = ("--block", "--node-ip-address=127.0.0.1", "--object-store-memory=100000000", "--disable-usage-stats")
    return running(
        "ray.scripts.scripts", "start", *common, *arguments, ready=lambda said: "Ray runtime started" in said
    )


@contextmanager
def running(module: str, *arguments: str, ready: Callable[[str], bool]) -> Iterator[Popen[bytes]]:
    """A Python program that runs, with all that it started, for as long as the `with` lasts; `ready(what it said)`."""
    command = [sys.executable, "-u", "-m", module, *arguments]
    with (
        tempfile.NamedTemporaryFile("w") as log,
        subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True) as process,
    ):
        said = Path(log.name).read_text
        try:
            wait_until(lambda: ready(said()) or process.poll() is not None)
            assert process.poll() is None
            yield process
        finally:
            end(process)
            print(f"{' '.join(command)}\n{said()}")  # pytest shows it with a test that failed


def end(process: Popen[bytes]) -> None:
    for last in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, last)
            process.wait(timeout=5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def listens(address: str) -> bool:
    host, _, port = address.partition(":")
    with socket.socket() as client:
        return client.connect_ex((host, int(port))) == 0


def wait_until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.2)
