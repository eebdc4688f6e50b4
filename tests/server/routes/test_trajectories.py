from collections.abc import Iterator
from typing import TypeAlias

import httpx
import pytest

from diffusion_explainer.gallery.build import precompute
from diffusion_explainer.gallery.spec import GallerySpec
from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.tracing.models import Model

Replay: TypeAlias = tuple[httpx.Client, list[str]]


@pytest.fixture(scope="module")
def replay(storybook: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    """A client of a server that replays a gallery of three runs, and their ids."""
    folder = tmp_path_factory.mktemp("replay")
    prompts = "".join(f"  - prompt: a {name} at night\n" for name in ("fox", "castle", "whale"))
    (folder / "gallery.yaml").write_text(f"settings: {{steps: 3, seed: 3}}\nprompts:\n{prompts}")
    precompute(GallerySpec.read(folder / "gallery.yaml"), storybook, BundleStore(str(folder / "gallery")))
    settings = Settings.read(gallery=str(folder / "gallery"), store=str(folder / "store"), replay=True)
    with serving(create_app(settings)) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client, [listing["id"] for listing in client.get("/api/gallery").json()["traces"]]


@pytest.mark.parametrize("method", ["pca", "umap"])
def test_stored_runs_are_laid_out_with_the_rest_of_the_gallery_behind(replay: Replay, method: str) -> None:
    http, (fox, castle, whale) = replay
    plane = http.get(f"/api/trajectories/{fox}-{castle}/{method}").json()
    assert [line["id"] for line in plane["traces"]] == [fox, castle]
    assert [line["id"] for line in plane["background"]] == [whale]
    assert all(len(line["points"]) == 4 for line in plane["traces"] + plane["background"])
    assert plane["traces"][0]["points"][0] == plane["traces"][1]["points"][0]
    assert (plane["explained_variance"] is None) == (method == "umap")
    assert http.get(f"/api/trajectories/{fox}-{castle}/{method}").json() == plane


def test_the_server_says_which_projections_it_can(replay: Replay) -> None:
    assert replay[0].get("/api/model").json()["projections"] == ["pca", "umap"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("{fox}/tsne", 422),
        ("{fox}-0123456789abcdef/pca", 404),
        ("nothing/pca", 404),
        ("{fox}-{fox}-{fox}-{fox}-{fox}/pca", 404),
    ],
)
def test_what_cannot_be_laid_out_is_a_problem(replay: Replay, path: str, status: int) -> None:
    http, (fox, *_) = replay
    answer = http.get(f"/api/trajectories/{path.format(fox=fox)}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_replaying_server_compares_what_it_has(replay: Replay) -> None:
    http, (fox, castle, _) = replay
    assert http.get(f"/api/comparisons/{fox}-{castle}").json()["differences"][0]["latent_distance"][0] == 0
    requests = [listing["request"] for listing in http.get("/api/gallery").json()["traces"][:2]]
    answer = http.post("/api/comparisons", json={"requests": requests})
    assert (answer.status_code, answer.json()["status"]) == (200, "done")
    new = http.post("/api/comparisons", json={"requests": [{**one, "seed": 9} for one in requests]})
    assert new.status_code == 503
