"""Refuses a request body that is longer than any request can be, before it fills the memory."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware: 413 for more than `limit` bytes, announced or not."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts what the application reads."""
        if scope["type"] == "http":
            receive = self._limited(scope, receive)
        await self.app(scope, receive, send)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        announced = Headers(scope=scope).get("content-length", "0")
        received = int(announced) if announced.isdigit() and int(announced) > self.limit else 0

        async def receive_limited() -> Message:
            nonlocal received
            if received <= self.limit:
                message = await receive()
                received += len(message.get("body", b""))
            if received > self.limit:
                raise HTTPException(413, f"A request may have {self.limit} bytes.")
            return message

        return receive_limited
