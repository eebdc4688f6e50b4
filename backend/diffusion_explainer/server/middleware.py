"""What holds for every request and response: limits of headers and body, and headers that keep the page to itself."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diffusion_explainer.engine.problem_details import problem

from .problem_responses import ProblemResponse

MAX_HEADERS = 32 * 1024  # bytes
IMMUTABLE = "public, max-age=31536000, immutable"


class HeaderLimit:
    """ASGI middleware: 431 for request headers, or an address, of more than `limit` bytes.

    uvicorn has a limit too, so that it holds no more of them, but takes whatever arrives in one piece.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts names, values, path and query."""
        if scope["type"] == "http":
            size = sum(len(name) + len(value) for name, value in scope["headers"])
            if size + len(scope["path"]) + len(scope["query_string"]) > self.limit:
                detail = f"Headers and address of a request may have at most {self.limit} bytes."
                too_long = problem(431, None, "Request Header Fields Too Large", detail)
                await ProblemResponse(too_long)(scope, receive, send)
                return
        await self.app(scope, receive, send)


class BodyLimit:
    """ASGI middleware: 413 for a request body of more than `limit` bytes, with or without a Content-Length.

    FastAPI's own `max_body_size` answers in plain text where the Content-Length is too large, not with a problem.
    """

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
                raise HTTPException(413, f"A request body may have at most {self.limit} bytes.")
            return message

        return receive_limited


class SecurityHeaders:
    """ASGI middleware. `frame_ancestors`: the sites that may show the page in a frame."""

    def __init__(self, app: ASGIApp, frame_ancestors: str) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": _policy(frame_ancestors),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
            "Cache-Control": "no-cache",  # where a route does not say otherwise
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the headers that a response does not set itself."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _policy(frame_ancestors: str) -> str:
    return "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data: blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {frame_ancestors}",
        )
    )
