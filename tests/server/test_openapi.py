"""What the server says of itself: model, gallery, headers, documentation, figures."""

import re
from pathlib import Path

import httpx
import pytest

from diffusion_explainer.engine.problem_details import KINDS
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.server import create_app
from diffusion_explainer.server.runner import serving
from diffusion_explainer.settings import Settings
from diffusion_explainer.tracing.models import Model
from event_streams import read_events


def test_the_model_comes_with_all_that_may_be_asked_of_it(http: httpx.Client) -> None:
    described = http.get("/api/model").json()
    assert described["status"] == "ready"
    assert described["model"]["name"] == "Storybook"
    assert described["limits"]["steps"] == {"minimum": 1, "maximum": 150}
    assert described["limits"]["prompt"]["max_length"] == 1000
    TraceRequest(prompt="a rabbit", **described["defaults"])
    for scheduler in described["schedulers"]:
        TraceRequest(prompt="a rabbit", scheduler=scheduler["name"])


def test_a_gallery_that_is_empty_is_an_empty_list(http: httpx.Client) -> None:
    assert http.get("/api/gallery").json() == {"traces": [], "pairs": [], "examples": []}
    assert http.get("/api/pictures").json() == {"pictures": []}


def test_a_page_may_set_no_style_in_its_html(http: httpx.Client) -> None:
    assert "unsafe-inline" not in http.get("/api/model").headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/api/model", "/api/docs", "/nope", "/metrics"])
def test_every_answer_is_closed_to_what_comes_from_elsewhere(http: httpx.Client, path: str) -> None:
    headers = http.get(path, headers={"Origin": "https://elsewhere.example"}).headers
    assert "default-src" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers


def test_the_documentation_reads_without_a_network(http: httpx.Client) -> None:
    text = http.get("/api/docs").text
    assert "/api/traces/{trace_id}/events" in text
    assert not re.search(r"(src|href)=.?https?:|<script", text)
    for kind, _, _ in KINDS:
        assert f'id="{kind}"' in text


def test_every_route_documents_its_problems(http: httpx.Client) -> None:
    paths = http.get("/api/openapi.json").json()["paths"]
    statuses = {
        f"{method} {path}": set(operation["responses"]) - {"default"}
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    assert statuses == {
        "get /api/model": {"200"},
        "get /api/gallery": {"200"},
        "get /api/pictures": {"200"},
        "post /api/traces": {"200", "202", "413", "422", "429", "503"},
        "get /api/traces/{trace_id}": {"200", "202", "404"},
        "delete /api/traces/{trace_id}": {"204", "404", "409", "422"},
        "get /api/traces/{trace_id}/events": {"200", "404", "422"},
        "get /api/traces/{trace_id}/files/{name}": {"200", "404"},
        "get /api/traces/{trace_id}/exports/{suffix}": {"200", "404", "422", "501", "503"},
        "get /api/traces/{trace_id}/steps/{step}": {"200", "404"},
        "post /api/comparisons": {"200", "202", "413", "422", "429", "503"},
        "get /api/comparisons/{group_id}": {"200", "202", "404", "422", "503"},
        "get /api/comparisons/{pair}/report": {"200", "404", "422", "503"},
        "delete /api/comparisons/{group_id}": {"204", "404", "409", "422"},
        "get /api/comparisons/{group_id}/events": {"200", "404", "422"},
        "post /api/leave-one-outs": {"200", "202", "413", "422", "429", "503"},
        "get /api/leave-one-outs/{group_id}": {"200", "202", "404", "503"},
        "delete /api/leave-one-outs/{group_id}": {"204", "404", "409", "422"},
        "get /api/leave-one-outs/{group_id}/events": {"200", "404", "422"},
        "post /api/grids": {"200", "202", "413", "422", "429", "503"},
        "get /api/grids/{group_id}": {"200", "202", "404"},
        "delete /api/grids/{group_id}": {"204", "404", "409", "422"},
        "get /api/grids/{group_id}/events": {"200", "404", "422"},
        "get /api/grids/{group_id}/picture": {"200", "404", "503"},
        "post /api/branches": {"200", "202", "404", "413", "422", "429", "503"},
        "get /api/events": {"200", "422"},
        "get /api/trajectories/{traces}/{method}": {"200", "404", "422", "501", "503"},
        "get /healthz": {"200"},
        "get /readyz": {"200", "503"},
        "get /metrics": {"200"},
    }


def test_every_problem_is_described_by_one_schema(http: httpx.Client) -> None:
    description = http.get("/api/openapi.json").json()
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for methods in description["paths"].values():
        for operation in methods.values():
            problems = {status: one for status, one in operation["responses"].items() if status[0] in "45d"}
            assert "default" in problems
            assert all(one["content"] == problem for one in problems.values())
    schemas = description["components"]["schemas"]
    assert schemas["Problem"]["required"] == ["type", "title", "status", "detail"]
    assert schemas["Problem"]["properties"]["errors"]["items"] == {"$ref": "#/components/schemas/FieldError"}
    assert set(schemas["FieldError"]["required"]) == {"field", "value", "message", "suggestion"}
    assert "HTTPValidationError" not in schemas


def figures_of(http: httpx.Client) -> dict[str, str]:
    return dict(re.findall(r"^diffusion_explainer_(\S+) (\S+)$", http.get("/metrics").text, re.MULTILINE))


def test_the_figures_count_jobs_and_steps(storybook: Model, tmp_path: Path) -> None:
    settings = Settings.read(store=str(tmp_path / "store"), gallery=str(tmp_path / "gallery"))
    with serving(create_app(settings, load=lambda: storybook)) as url, httpx.Client(base_url=url, timeout=60) as http:
        accepted = http.post("/api/traces", json={"prompt": "a rabbit", "steps": 2}).json()
        assert [event.name for event in read_events(http, accepted["id"])][-1] == "done"
        figures = figures_of(http)
        while figures["jobs_running"] != "0.0":  # the batch ends a moment after its job
            figures = figures_of(http)
    assert figures['jobs_total{outcome="done"}'] == figures["trace_seconds_count"] == "1.0"
    assert figures["jobs_waiting"] == "0.0"
    assert figures["step_seconds_count"] == "2.0"


def test_every_noun_of_the_api_is_in_the_readme(http: httpx.Client) -> None:
    paths = http.get("/api/openapi.json").json()["paths"]
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert [path for path in paths if "/".join(path.split("/")[:3]) not in readme] == []
