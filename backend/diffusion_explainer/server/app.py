"""Puts the server together."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware

from diffusion_explainer import resources
from diffusion_explainer.engine.engine import LiveEngine
from diffusion_explainer.engine.groups import Groups
from diffusion_explainer.engine.metrics import Metrics
from diffusion_explainer.engine.protocol import Engine
from diffusion_explainer.engine.replay import ReplayEngine
from diffusion_explainer.engine.threads import start_thread
from diffusion_explainer.engine.workers.local import LocalWorker, load_model_of
from diffusion_explainer.engine.workers.protocol import Worker
from diffusion_explainer.engine.workers.ray import RayWorker, connect
from diffusion_explainer.gallery.index import Gallery
from diffusion_explainer.settings import Settings
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.storage.library import Library
from diffusion_explainer.version import __version__

from .access import RateLimit, TokenRequired
from .middleware import MAX_HEADERS, BodyLimit, HeaderLimit, SecurityHeaders
from .problem_responses import describe_problems, handle_errors, problem_responses
from .request_log import RequestLog
from .routes.branches import branch_routes
from .routes.comparisons import comparison_routes
from .routes.documentation import documentation_routes
from .routes.events import event_routes
from .routes.exports import export_routes
from .routes.gallery import gallery_routes
from .routes.grids import grid_routes
from .routes.health import health_routes
from .routes.leave_one_outs import leave_one_out_routes
from .routes.model import model_routes
from .routes.page import add_page
from .routes.streams import stream_routes
from .routes.traces import trace_routes
from .routes.trajectories import trajectory_routes

if TYPE_CHECKING:
    from diffusion_explainer.tracing.models import Model

_BODY_LIMIT = 256 * 1024  # bytes; four pairs of the longest prompts, every character escaped in JSON, take 96,000
_UNCOMPRESSED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/octet-stream")  # tensors hardly compress


def create_app(
    settings: Settings,
    load: Callable[[], Model] | None = None,
    page: Path | None = None,
    replicas: Callable[[], Any] | None = None,
) -> FastAPI:
    """The whole server. `page`: the folder of the built page.

    `load` returns the model, `replicas` a handle of those of a cluster; the engine calls the one that it needs at
    the start.
    """
    gallery, metrics = Gallery(settings.gallery), Metrics()
    library = Library(BundleStore(settings.store), gallery.store, settings.store_limit, metrics.evictions.inc)
    engine: Engine = ReplayEngine(gallery)
    groups = Groups(engine)
    if not settings.replay:
        worker = _worker(settings, library, metrics, load, replicas)
        engine = LiveEngine(worker, library, metrics, queue_limit=settings.queue_limit)
        groups = Groups(engine, settings.queue_limit + worker.capacity)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        start_thread(library.store.sweep)  # a large store takes a while to list
        await engine.open()
        yield
        await engine.close()

    app = FastAPI(
        title="Diffusion Explainer",
        description="Generates pictures from prompts with a latent diffusion model, and records every step.",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
        responses=problem_responses("default"),
        lifespan=lifespan,
    )
    app.state.engine, app.state.metrics = engine, metrics
    for router in (
        model_routes(engine),
        gallery_routes(gallery),
        trace_routes(engine, library),
        event_routes(engine, library),
        export_routes(library),
        comparison_routes(library, groups),
        leave_one_out_routes(library, groups),
        grid_routes(library, groups),
        branch_routes(engine, library),
        stream_routes(engine, library, groups),
        trajectory_routes(library, gallery),
        health_routes(engine, metrics),
        documentation_routes(app),
    ):
        app.include_router(router)
    describe_problems(app)
    add_page(app, page or resources.page())
    handle_errors(app)
    app.add_middleware(HeaderLimit, limit=MAX_HEADERS)
    app.add_middleware(BodyLimit, limit=_BODY_LIMIT)
    app.add_middleware(GZipMiddleware, compresslevel=6, exclude_content_types=_UNCOMPRESSED)
    if settings.rate_limit:
        app.add_middleware(RateLimit, per_minute=settings.rate_limit)
    if settings.token:
        app.add_middleware(TokenRequired, token=settings.token)
    app.add_middleware(RequestLog)
    app.add_middleware(SecurityHeaders, frame_ancestors=settings.frame_ancestors)
    return app


def _worker(
    settings: Settings,
    library: Library,
    metrics: Metrics,
    load: Callable[[], Model] | None,
    replicas: Callable[[], Any] | None,
) -> Worker:
    if settings.engine == "ray":
        replicas = replicas or functools.partial(connect, settings)
        return RayWorker(replicas, library, settings.ray_max_replicas, settings.batch_limit)
    load = load or functools.partial(load_model_of, settings)
    return LocalWorker(load, library.save, settings.concurrency, settings.batch_limit, metrics.batch_runs.observe)
