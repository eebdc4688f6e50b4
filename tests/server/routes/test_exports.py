import sys
from pathlib import Path

import httpx
import pytest

from diffusion_explainer import open_trace, read_request
from diffusion_explainer.storage.formats import FORMATS
from event_streams import read_events

REQUEST = {"prompt": "an owl, cartoon", "seed": 3, "steps": 2}


@pytest.fixture(scope="module")
def made(http: httpx.Client) -> str:
    """The id of a trace that is stored."""
    trace_id: str = http.post("/api/traces", json=REQUEST).json()["id"]
    for _ in read_events(http, trace_id):
        pass
    return trace_id


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_comes_as_a_file_with_a_name(http: httpx.Client, made: str, suffix: str) -> None:
    answer = http.get(f"/api/traces/{made}/exports/{suffix}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(FORMATS[suffix].media_type)
    assert answer.headers["content-disposition"] == f'attachment; filename="an-owl-cartoon-{made}.{suffix}"'


def test_what_is_in_the_bundle_comes_byte_by_byte(http: httpx.Client, made: str) -> None:
    for suffix, name in (("json", "trace.json"), ("safetensors", "arrays.safetensors")):
        exported, stored = (http.get(f"/api/traces/{made}/{path}") for path in (f"exports/{suffix}", f"files/{name}"))
        assert exported.content == stored.content


def test_a_picture_and_a_zip_lead_back_to_the_run(http: httpx.Client, made: str, tmp_path: Path) -> None:
    picture = read_request(http.get(f"/api/traces/{made}/exports/png").content)
    (tmp_path / "run.zip").write_bytes(http.get(f"/api/traces/{made}/exports/zip").content)
    assert picture == open_trace(tmp_path / "run.zip").request
    assert picture.model_dump().items() >= REQUEST.items()


def test_moving_pictures_show_either_kind(http: httpx.Client, made: str) -> None:
    latent, predicted = (
        http.get(f"/api/traces/{made}/exports/webp", params={"kind": kind}).content for kind in ("latent", "predicted")
    )
    assert latent != predicted


@pytest.mark.parametrize(
    ("path", "status"), [("exports/bmp", 422), ("exports/webp?kind=both", 422), ("exports/..%2Fzip", 404)]
)
def test_what_cannot_be_given_is_a_problem(http: httpx.Client, made: str, path: str, status: int) -> None:
    answer = http.get(f"/api/traces/{made}/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_film_without_its_encoder_says_what_to_install(
    http: httpx.Client, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    answer = http.get(f"/api/traces/{made}/exports/mp4")
    assert (answer.status_code, "diffusion-explainer[video]" in answer.json()["detail"]) == (501, True)


def test_a_trace_that_is_not_there_is_not_found(http: httpx.Client) -> None:
    assert http.get(f"/api/traces/{'0' * 16}/exports/png").status_code == 404
