"""The model that is loaded, and what a request may be."""

from typing import Any

from fastapi import APIRouter

from diffusion_explainer.analysis.projection import available_methods
from diffusion_explainer.engine.protocol import Engine, ModelStatus
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.tracing.schedulers import SAMPLERS


def model_routes(engine: Engine) -> APIRouter:
    """/api/model."""
    router = APIRouter(prefix="/api", tags=["model"])

    @router.get("/model", summary="The model, the schedulers, and the limits of a request")
    async def model() -> dict[str, Any]:
        return server_card(engine.model)

    return router


def server_card(loaded: ModelStatus) -> dict[str, Any]:
    """What GET /api/model answers."""
    fields = TraceRequest.fields()
    return {
        "status": loaded.status,
        "detail": loaded.detail,
        "model": loaded.card,
        "schedulers": [{"name": sampler.name, "title": sampler.title} for sampler in SAMPLERS],
        "defaults": fields.defaults(),
        "limits": fields.limits(),
        "device": loaded.device,
        "threads": loaded.threads,
        "projections": list(available_methods()),
    }
