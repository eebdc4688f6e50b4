"""Where the built page, the embedded model and the gallery lie, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


def storybook() -> Path:
    """The folder of the embedded model, in diffusers format."""
    return _find("storybook", "precomputed/storybook")


def graphs() -> Path:
    """The folder of the embedded model's ONNX graphs, which point into the files of `storybook`."""
    return _find("graphs", "precomputed/graphs")


def schedules() -> Path:
    """The folder of the tables of what each sampler does, on the embedded model's noise schedule."""
    return _find("schedules", "precomputed/schedules")


def gallery() -> Path:
    """The folder of the precomputed bundles, with their index.json."""
    return _find("gallery", "precomputed/gallery")


def gallery_list() -> Path:
    """The file that says what the gallery holds."""
    return _find("gallery.yaml", "precomputed/gallery.yaml")


def page() -> Path:
    """The folder of the built page, with its index.html."""
    return _find("page", "frontend/dist")


def _find(bundled: str, in_checkout: str) -> Path:
    """A wheel carries its files in `_bundled`; an editable install has none there and uses the checkout's."""
    inside = _PACKAGE / "_bundled" / bundled
    return inside if inside.exists() else _CHECKOUT / in_checkout
