"""The application of docker/rayservice.yaml, as KubeRay deploys it, on processors."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import BundleStore

from .conftest import PATIENCE, listens, running, wait_until
from .events import ask, names

PROXY = "127.0.0.1:8163"
MANIFEST = Path(__file__).parents[2] / "docker" / "rayservice.yaml"
SMALL = {
    "Server": {"ray_actor_options": {"num_cpus": 0}},
    "Replica": {"ray_actor_options": {"num_cpus": 1, "num_gpus": 0}},
}


@pytest.fixture(scope="module")
def api(cluster: str, store: BundleStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of the application behind Ray Serve's own proxy."""
    config = yaml.safe_load(yaml.safe_load(MANIFEST.read_text())["spec"]["serveConfigV2"])
    host, _, port = PROXY.partition(":")
    config["proxy_location"], config["http_options"] = "HeadOnly", {"host": host, "port": int(port)}
    for deployment in config["applications"][0]["deployments"]:
        deployment.update(SMALL[deployment["name"]])
    file = tmp_path_factory.mktemp("service") / "serve.yaml"
    file.write_text(yaml.safe_dump(config))
    with (
        running("ray.serve.scripts", "run", f"--address={cluster}", str(file), ready=lambda said: listens(PROXY)),
        httpx.Client(base_url=f"http://{PROXY}", timeout=PATIENCE) as client,
    ):
        wait_until(lambda: client.get("/healthz").is_success and client.get("/healthz").json()["model"] != "loading")
        yield client


def test_the_cluster_itself_serves_and_draws(api: httpx.Client, store: BundleStore) -> None:
    assert api.get("/api/docs").is_success
    request = TraceRequest(prompt="a rabbit", seed=6, steps=2)
    assert names(api, ask(api, request)) == ["tokens", "text", "step", "step", "decoded", "done"]
    assert request.id_for(api.get("/api/model").json()["model"]["fingerprint"]) in store.ids()
