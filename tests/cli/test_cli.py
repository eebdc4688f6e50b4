"""The command line as a user meets it."""

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from diffusion_explainer import read_request, resources
from diffusion_explainer.cli import app
from diffusion_explainer.server import logs
from diffusion_explainer.server.runner import Runner
from diffusion_explainer.settings import Settings, option
from diffusion_explainer.storage.bundle_store import BundleStore, open_trace
from diffusion_explainer.traces.trace import Trace

BACKEND = str(Path(__file__).parents[2] / "backend")


def run(*arguments: object) -> tuple[int, str, str]:
    """Runs a command; its status, what it printed and what it complained of."""
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


@contextmanager
def served(*arguments: object) -> Iterator[str]:
    """A `serve` in a process of its own; the URL it prints."""
    command = [sys.executable, "-m", "diffusion_explainer", "serve", "--port", "0", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": BACKEND}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[4]
        finally:
            process.terminate()


def get(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return bytes(answer.read())


def test_serve_lists_every_setting() -> None:
    _, output, _ = run("serve", "--help")
    for name in Settings.model_fields:
        assert option(name) in output


@pytest.mark.model
def test_trace_stores_a_bundle_and_says_where(tmp_path: Path) -> None:
    status, output, _ = run("trace", "a rabbit", "--seed", 3, "--steps", 2, "--scheduler", "euler", "--out", tmp_path)
    assert status == 0
    trace = open_trace(output.strip())
    assert (trace.request.seed, trace.request.scheduler, len(trace.steps)) == (3, "euler", 2)


@pytest.mark.model
def test_trace_says_what_did_not_fit(tmp_path: Path) -> None:
    _, _, errors = run("trace", "very " * 75 + "cute rabbit", "--steps", 1, "--out", tmp_path)
    assert "cut: cute rabbit" in errors


@pytest.mark.model
def test_trace_writes_the_files_that_are_asked_for(tmp_path: Path) -> None:
    files = ("--export", tmp_path / "rabbit.png", "--export", tmp_path / "rabbit.zip")
    status, _, _ = run("trace", "a rabbit", "--steps", 1, "--out", tmp_path / "traces", *files)
    assert status == 0
    assert read_request(tmp_path / "rabbit.png") == open_trace(tmp_path / "rabbit.zip").request


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("trace", "a rabbit", "--steps", "0"), "steps is 0"),
        (("trace", "a rabbit", "--export", "rabbit.bmp"), "format is 'bmp'"),
        (("trace", "a rabbit", "--export", "nowhere/rabbit.png"), "must be in a folder that exists; nowhere is none"),
        (("trace", "a rabbit", "--scheduler", "[/x]"), "scheduler is '[/x]'"),
        (("trace", "a rabbit", "--scheduler", "\udcff"), "scheduler is"),
        (("trace", "a rabbit", "--out", __file__), "must be a folder"),
        (("trace", "a rabbit", "--out", f"{__file__}/traces"), "must be a folder"),
        (("compare", "a rabbit", "a cat", "--out", __file__), "must be a folder"),
        (("export", "."), "the site needs a folder of its own"),
        (("serve", "--port", "65536"), "--port"),
        (("serve", "--model", "./nowhere"), "./nowhere"),
        (("serve", "--host", "192.0.2.1"), "192.0.2.1"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_a_status(arguments: tuple[str, ...], told: str) -> None:
    status, _, errors = run(*arguments)
    assert status == 2
    assert errors.startswith("Error: ")
    assert told in errors
    assert "Traceback" not in errors
    assert errors.count("\n") == 1


def test_mp4_without_its_encoder_is_refused_before_anything_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    status, _, errors = run("trace", "a rabbit", "--export", "rabbit.mp4", "--model", "./nowhere")
    assert (status, "pip install 'diffusion-explainer[video]'" in errors) == (2, True)


@pytest.mark.parametrize(
    ("options", "warned"),
    [((), False), (("--host", "0.0.0.0"), True), (("--host", "0.0.0.0", "--token", "x7"), False)],
)
def test_serving_other_computers_without_a_token_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: tuple[str, ...], warned: bool
) -> None:
    monkeypatch.setattr(Runner, "serve_until_stopped", lambda runner: runner.listening.close())
    monkeypatch.setattr(logs, "configure", lambda settings: None)
    folders = ("--store", tmp_path / "store", "--gallery", tmp_path / "gallery")
    status, _, complaints = run("serve", "--replay", "--port", 0, *folders, *options)
    assert (status, "can use this server" in complaints) == (0, warned)


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, _, errors = run("serve", "--port", taken.getsockname()[1])
    assert status == 2
    assert "in use" in errors


@pytest.fixture
def gallery(tmp_path: Path, trace: Trace) -> Path:
    """The folder of a gallery of one run."""
    folder = tmp_path / "gallery"
    BundleStore(str(folder)).save(trace)
    listing = {"id": trace.id, "title": "A rabbit", "request": trace.request.model_dump()}
    (folder / "index.json").write_text(json.dumps({"traces": [listing], "pairs": [], "examples": []}))
    return folder


def test_replaying_serves_the_gallery_and_nothing_new(tmp_path: Path, gallery: Path, trace: Trace) -> None:
    with served("--replay", "--gallery", gallery, "--store", tmp_path / "store") as url:
        assert json.loads(get(f"{url}/api/model"))["status"] == "replay"
        assert json.loads(get(f"{url}/api/gallery"))["traces"][0]["id"] == trace.id
        assert json.loads(get(f"{url}/api/traces/{trace.id}"))["id"] == trace.id
        assert posted(url, trace.request.model_dump()) == 200
        assert posted(url, {"prompt": "something new"}) == 503


def posted(url: str, request: dict[str, Any]) -> int:
    body = urllib.request.Request(
        f"{url}/api/traces", json.dumps(request).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(body) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_replaying_needs_no_torch() -> None:
    program = (
        "import sys; from diffusion_explainer.server import create_app; "
        "from diffusion_explainer.settings import Settings; create_app(Settings.read(replay=True)); "
        "print('torch' in sys.modules)"
    )
    output = subprocess.check_output([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": BACKEND})
    assert output.split() == [b"False"]


@pytest.mark.model
def test_compare_writes_a_report_and_both_bundles(tmp_path: Path) -> None:
    status, output, _ = run("compare", "a rabbit", "a cat", "--steps", 2, "--out", tmp_path)
    assert status == 0
    assert Path(output.split()[-1]).read_text().startswith("<!doctype html>")
    assert len(BundleStore(tmp_path).ids()) == 2


@pytest.mark.model
def test_precompute_makes_what_it_can_and_names_the_rest(tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(
        "settings: {steps: 1}\nprompts: [{prompt: a rabbit}, {prompt: a cat, seed: -1}]\n"
    )
    status, _, errors = run("precompute", tmp_path / "two.yaml")
    assert status == 1
    assert "Not made: prompt number 2: seed is -1" in errors
    assert "Traceback" not in errors
    assert len(BundleStore(tmp_path / "two").ids()) == 1


@pytest.mark.model
def test_precompute_deletes_nothing_unless_it_is_told_to_and_then_says_what(tmp_path: Path) -> None:
    spec, store = tmp_path / "one.yaml", BundleStore(tmp_path / "one")
    spec.write_text("settings: {steps: 1}\nprompts: [{prompt: a rabbit}, {prompt: a cat}]\n")
    run("precompute", spec)
    spec.write_text("settings: {steps: 1}\nprompts: [{prompt: a rabbit}]\n")
    run("precompute", spec)
    assert len(store.ids()) == 2
    status, output, _ = run("precompute", spec, "--prune")
    (left,) = store.ids()
    assert status == 0
    assert "Deleting" in output
    assert "a cat" in output
    assert left not in output


def test_export_writes_a_site_and_says_how_to_look_at_it(
    tmp_path: Path, gallery: Path, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("<title>Diffusion Explainer</title>")
    monkeypatch.setattr(resources, "page", lambda: page)
    status, output, _ = run("export", tmp_path / "site", "--gallery", gallery)
    assert status == 0
    assert f"1 traces in {tmp_path / 'site'}; to look: python -m http.server" in output.replace("\n", "")
    assert (tmp_path / "site" / "index.html").read_bytes() == (page / "index.html").read_bytes()
    assert open_trace(str(tmp_path / "site" / "api" / "traces" / trace.id / "files")).id == trace.id


def test_export_without_a_built_page_says_how_to_build_one(
    tmp_path: Path, gallery: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "page", lambda: tmp_path / "nothing")
    status, _, errors = run("export", tmp_path / "site", "--gallery", gallery)
    assert status == 2
    assert "make setup" in errors
