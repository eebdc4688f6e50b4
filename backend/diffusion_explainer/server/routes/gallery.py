"""The precomputed traces."""

from typing import Any

from fastapi import APIRouter

from diffusion_explainer.gallery.index import Gallery
from diffusion_explainer.gallery.payloads import clip_pictures_payload


def gallery_routes(gallery: Gallery) -> APIRouter:
    """/api/gallery and /api/pictures."""
    router = APIRouter(prefix="/api", tags=["gallery"])

    @router.get("/gallery", summary="The precomputed traces, pairs that differ by a keyword, and prompts to try")
    def index() -> dict[str, Any]:
        return gallery.index()

    @router.get("/pictures", summary="A dozen pictures of the gallery and their prompts, as CLIP's two towers see them")
    def pictures() -> dict[str, Any]:
        return clip_pictures_payload(gallery)

    return router
