"""Health and metrics, for monitoring."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from diffusion_explainer.engine.metrics import Metrics
from diffusion_explainer.engine.protocol import Engine


class Health(BaseModel):
    """`model`: loading, ready, failed or replay."""

    status: str = "ok"
    model: str


def health_routes(engine: Engine, metrics: Metrics) -> APIRouter:
    """/healthz and /metrics."""
    router = APIRouter(tags=["monitoring"])

    @router.get("/healthz", summary="Whether the server answers, and whether its model is loaded")
    async def healthz() -> Health:
        return Health(model=engine.model.status)

    @router.get(
        "/metrics",
        summary="Counters in Prometheus' format",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    async def prometheus() -> Response:
        return Response(generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router
