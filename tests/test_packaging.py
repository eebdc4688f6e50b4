import ast
import importlib
import json
import re
import sys
import tomllib
from importlib.util import resolve_name
from pathlib import Path

import pytest

import diffusion_explainer
from diffusion_explainer import resources
from diffusion_explainer.settings import PREFIX, Settings, option

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "backend" / "diffusion_explainer"
LOCKS = [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "frontend" / "package-lock.json"]
ORDER = re.findall(r"^    ([a-z]+) {2,}", diffusion_explainer.__doc__, re.MULTILINE)
TORCH_ALLOWED = {"capture", "clip", "coefficients", "conditioning", "generate", "images", "models"}


def imported_on_loading(path: Path) -> set[str]:
    """Absolute names that a file of the package imports when it is loaded."""
    package = ".".join(path.relative_to(PACKAGE.parent).parent.parts)
    names = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            names |= {f"{source}.{alias.name}" for alias in node.names}
    return names


def modules() -> list[str]:
    return sorted(path.stem for path in PACKAGE.iterdir() if not path.name.startswith("_"))


def files_of(module: str) -> list[Path]:
    folder = PACKAGE / module
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def test_every_exported_name_is_there_and_sorted():
    assert diffusion_explainer.__all__ == sorted(diffusion_explainer.__all__)
    assert all(hasattr(diffusion_explainer, name) for name in diffusion_explainer.__all__)


def test_the_reading_order_lists_every_module_once():
    assert sorted(ORDER) == modules()


@pytest.mark.parametrize("module", modules())
def test_every_module_is_on_the_map(module):
    assert re.search(f"`{module}/?`", (ROOT / "docs" / "architecture.md").read_text())


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_what_stands_above_it(module):
    above = ORDER[: ORDER.index(module) + 1]
    for path in files_of(module):
        ours = {name.split(".")[1] for name in imported_on_loading(path) if name.startswith("diffusion_explainer.")}
        assert ours - {"__version__"} <= set(above), path


@pytest.mark.parametrize("module", sorted(set(modules()) - TORCH_ALLOWED))
def test_only_what_draws_imports_torch(module):
    for path in files_of(module):
        heavy = {"torch", "diffusers", "transformers"} & {name.split(".")[0] for name in imported_on_loading(path)}
        assert not heavy, path


def test_the_product_never_imports_the_training():
    assert not [path for module in modules() for path in files_of(module) if "import storybook" in path.read_text()]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_no_lock_names_a_registry(lock):
    assert not re.search(r'"resolved"|index-url|find-links|^[a-z].* @ ', lock.read_text(), re.MULTILINE)


def test_every_package_in_the_page_is_attributed():
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    names = [path.removeprefix("node_modules/") for path, package in packages.items() if path and "dev" not in package]
    notice = (ROOT / "NOTICE").read_text()
    assert [name for name in names if not re.search(rf"{name}\b(?!-)", notice)] == []
    assert len(names) > 10


def test_the_locks_leave_torch_and_its_cuda_libraries_to_pip():
    locked = (ROOT / "requirements" / "development.txt").read_text()
    assert not re.search(r"^(torch|triton|nvidia|cuda)", locked, re.MULTILINE)


def test_every_dependency_is_locked_with_hashes():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[<>=]", text)[0] for text in project["dependencies"]} - {"torch"}
    lock = (ROOT / "requirements" / "product.txt").read_text()
    locked = dict(re.findall(r"^([a-z0-9-]+)==[^\n]*\\\n +--(hash)", lock, re.MULTILINE))
    assert wanted <= set(locked)


def test_weights_and_gallery_keep_the_wheel_small_enough_for_the_package_index():
    gallery, weights = _megabytes(resources.gallery()), _megabytes(resources.storybook())
    assert gallery <= 36 * 1.048576
    assert gallery + weights < 96  # of 100; the rest is the page and the code


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*")) / 1e6


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name):
    assert f"| `{option(name)}` | `{PREFIX}{name.upper()}` |" in (ROOT / "docs" / "settings.md").read_text()


def test_the_version_is_told_once():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == diffusion_explainer.__version__


def test_the_console_script_is_the_command_line():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, _, name = project["scripts"]["diffusion-explainer"].partition(":")
    assert callable(getattr(importlib.import_module(module), name))
    assert sys.version_info >= (3, 11)
