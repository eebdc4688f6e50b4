"""Gives each request an id, logs how it was answered, and answers one that failed."""

from __future__ import annotations

import logging
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diffusion_explainer.engine.problem_details import problem_of

from .problem_responses import ProblemResponse
from .request_id import HEADER, request_id

logger = logging.getLogger(__name__)


class RequestLog:
    """ASGI middleware. Paths are logged without their queries, which may hold a token."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sets the id, and logs method, path, status and time."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        own, began, status = secrets.token_hex(8), time.monotonic(), 0
        told = f"{scope['method']} {scope['path'][:200]!a}"

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = own
            await send(message)

        token = request_id.set(own)
        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            logger.error("%s failed.", told, exc_info=error)
            if not status:
                await ProblemResponse(problem_of(error))(scope, receive, send_with_id)
        finally:
            logger.info("%s %d %.0f ms", told, status, 1000 * (time.monotonic() - began))
            request_id.reset(token)
