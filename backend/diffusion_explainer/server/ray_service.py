"""The whole server as an application of Ray Serve, where a cluster runs everything: see docker/rayservice.yaml."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from diffusion_explainer.engine.workers import replica
from diffusion_explainer.settings import Settings

from .app import create_app

_CONNECTIONS = 2000  # open at a time: event streams last as long as their jobs


def application(arguments: dict[str, str]) -> Any:
    """One server for the page and the API, and the replicas that generate for it.

    Settings come from `arguments`, else from the environment. There is one server only: it alone knows its jobs.
    Raises InvalidRequest for a setting that cannot be used.
    """
    from ray import serve

    settings = Settings.read(engine="ray", **arguments)

    def build() -> FastAPI:
        return create_app(settings, replicas=lambda: serve.get_deployment_handle(replica.NAME))

    server = serve.deployment(serve.ingress(build)(), name="Server", num_replicas=1, max_ongoing_requests=_CONNECTIONS)
    return server.bind(replica.deployment(settings))
