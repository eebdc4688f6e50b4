"""The precomputed traces."""

from typing import Any

from fastapi import APIRouter

from diffusion_explainer.gallery import Gallery


def gallery_routes(gallery: Gallery) -> APIRouter:
    """/api/gallery."""
    router = APIRouter(prefix="/api", tags=["gallery"])

    @router.get("/gallery", summary="The precomputed traces, pairs that differ by a keyword, and prompts to try")
    def index() -> dict[str, Any]:
        return gallery.index()

    return router
