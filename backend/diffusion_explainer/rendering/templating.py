"""HTML by Jinja2: templates lie in a package's folder `templates`, and all that they are given is escaped."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def templates_of(package: str) -> Environment:
    """The templates of a package, by file name."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_TEMPLATES = templates_of("diffusion_explainer.rendering")


def render(template: str, **values: Any) -> str:
    """A page, or a part of one, with its look and its pictures inside: it fetches nothing."""
    return _TEMPLATES.get_template(template).render(values)
