import importlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import diffusion_explainer
from diffusion_explainer import resources
from diffusion_explainer.settings import PREFIX, Settings, option

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "backend" / "diffusion_explainer"
LOCKS = [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "frontend" / "package-lock.json"]


def test_every_exported_name_is_there_and_sorted() -> None:
    assert diffusion_explainer.__all__ == sorted(diffusion_explainer.__all__)
    assert all(hasattr(diffusion_explainer, name) for name in diffusion_explainer.__all__)


@pytest.mark.parametrize("root", [PACKAGE, ROOT / "frontend" / "src"], ids=["package", "page"])
def test_the_map_names_the_folders_that_there_are(root: Path) -> None:
    """docs/architecture.md has each folder in the first column of a table, and none that is not there."""
    heading = f"`{root.relative_to(ROOT)}/`"
    section = (ROOT / "docs" / "architecture.md").read_text().partition(heading)[2].partition("\n## The ")[0]
    named = [
        name for cell in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\S+)/`", cell)
    ]
    there = [
        path.name for path in root.iterdir() if path.is_dir() and path.name not in ("__pycache__", "_bundled", "fonts")
    ]
    assert sorted(named) == sorted(there)


@pytest.mark.parametrize("package", ["diffusion_explainer", "diffusion_explainer.server", "diffusion_explainer.cli"])
def test_torch_is_not_imported_before_there_is_something_to_draw(package: str) -> None:
    heavy = "sorted({'torch', 'diffusers', 'transformers'} & set(sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys, {package}; print({heavy})"], capture_output=True, text=True
    )
    assert ran.stdout.strip() == "[]", ran.stderr


def test_a_package_lists_its_modules_in_reading_order() -> None:
    for path in sorted(PACKAGE.glob("*/__init__.py")):
        listed = re.findall(r"^    ([a-z_]+) {2,}", path.read_text(), re.MULTILINE)
        there = sorted(each.stem for each in path.parent.iterdir() if not each.name.startswith("_"))
        assert sorted(listed) == there, path.parent.name


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_no_lock_names_a_registry(lock: Path) -> None:
    assert not re.search(r'"resolved"|index-url|find-links|^[a-z].* @ ', lock.read_text(), re.MULTILINE)


def test_every_package_in_the_page_is_attributed() -> None:
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    names = [path.removeprefix("node_modules/") for path, package in packages.items() if path and "dev" not in package]
    notice = (ROOT / "NOTICE").read_text()
    assert [name for name in names if not re.search(rf"{name}\b(?!-)", notice)] == []
    assert len(names) > 10


def test_the_locks_leave_torch_and_its_cuda_libraries_to_pip() -> None:
    locked = (ROOT / "requirements" / "development.txt").read_text()
    assert not re.search(r"^(torch|triton|nvidia|cuda)", locked, re.MULTILINE)


def test_every_dependency_is_locked_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[<>=]", text)[0] for text in project["dependencies"]} - {"torch"}
    lock = (ROOT / "requirements" / "product.txt").read_text()
    locked = dict(re.findall(r"^([a-z0-9-]+)==[^\n]*\\\n +--(hash)", lock, re.MULTILINE))
    assert wanted <= set(locked)


def test_weights_and_gallery_keep_the_wheel_small_enough_for_the_package_index() -> None:
    gallery = _megabytes(resources.gallery())
    model = sum(map(_megabytes, (resources.storybook(), resources.graphs(), resources.schedules())))
    assert gallery <= 36 * 1.048576
    assert gallery + model < 96  # of 100; the rest is the page and the code


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*")) / 1e6


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    assert f"| `{option(name)}` | `{PREFIX}{name.upper()}` |" in (ROOT / "docs" / "settings.md").read_text()


def test_the_version_is_told_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == diffusion_explainer.__version__


def test_the_console_script_is_the_command_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, _, name = project["scripts"]["diffusion-explainer"].partition(":")
    assert callable(getattr(importlib.import_module(module), name))
    assert sys.version_info >= (3, 11)
