"""The precomputed traces."""

from typing import Any

from fastapi import APIRouter

from diffusion_explainer.analysis.payloads import pictures_wire
from diffusion_explainer.gallery.index import Gallery


def gallery_routes(gallery: Gallery) -> APIRouter:
    """/api/gallery and /api/pictures."""
    router = APIRouter(prefix="/api", tags=["gallery"])

    @router.get("/gallery", summary="The precomputed traces, pairs that differ by a keyword, and prompts to try")
    def index() -> dict[str, Any]:
        return gallery.index()

    @router.get("/pictures", summary="A dozen pictures of the gallery and their prompts, as CLIP's two towers see them")
    def pictures() -> dict[str, Any]:
        return pictures_wire(gallery)

    return router
