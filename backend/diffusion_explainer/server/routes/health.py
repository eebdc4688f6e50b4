"""Health and metrics, for monitoring."""

from typing import Literal

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from diffusion_explainer.engine.metrics import Metrics
from diffusion_explainer.engine.protocol import Engine
from diffusion_explainer.errors import ModelUnavailable
from diffusion_explainer.server.problem_responses import problem_responses

_RETRY_AFTER = 2  # seconds, while the model loads


class Health(BaseModel):
    """`status`: ok, or failed where the model could not be loaded. `model`: loading, ready, failed or replay."""

    status: Literal["ok", "failed"]
    model: str


def health_routes(engine: Engine, metrics: Metrics) -> APIRouter:
    """/healthz (is it alive?), /readyz (can it be sent requests?) and /metrics."""
    router = APIRouter(tags=["monitoring"])

    @router.get("/healthz", summary="200 while the server answers; starting it again would not load a model that fails")
    async def healthz() -> Health:
        return _health(engine)

    @router.get(
        "/readyz",
        summary="200 once requests can be answered; 503 while the model loads, or if it could not be loaded",
        responses=problem_responses(503),
    )
    async def readyz() -> Health:
        if engine.model.status == "loading":
            raise ModelUnavailable("The model is still loading.", retry_after=_RETRY_AFTER)
        if engine.model.status == "failed":
            raise ModelUnavailable("The model could not be loaded.")
        return _health(engine)

    @router.get(
        "/metrics",
        summary="Counters in Prometheus' format",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}},
    )
    async def prometheus() -> Response:
        return Response(generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router


def _health(engine: Engine) -> Health:
    return Health(status="failed" if engine.model.status == "failed" else "ok", model=engine.model.status)
