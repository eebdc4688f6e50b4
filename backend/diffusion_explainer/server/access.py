"""Who may use the server, and how often: a bearer token, and a limit of each client's POST requests."""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from collections import OrderedDict
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from diffusion_explainer.engine.problem_details import problem_of
from diffusion_explainer.errors import TooManyRequests, Unauthorized

from .problem_responses import ProblemResponse

COOKIE = "diffusion_explainer_token"
_PARAMETER = "token"
_OPEN = ("/healthz", "/readyz")
_MAX_CLIENTS = 10_000


class TokenRequired:
    """ASGI middleware: 401 for a request without the `token`, except of monitoring.

    Programs send it as `Authorization: Bearer …`. A browser opens the page once with `?token=…`, and keeps its hash
    as a cookie.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app, self._token, self._cookie = app, token, hashlib.sha256(token.encode()).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _OPEN or self._is_known(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        query = parse_qsl(scope["query_string"].decode("latin-1"))
        if scope["method"] == "GET" and self._is_right(dict(query).get(_PARAMETER, "")):
            await self._welcome(scope, query)(scope, receive, send)
            return
        await ProblemResponse(problem_of(Unauthorized()), {"WWW-Authenticate": "Bearer"})(scope, receive, send)

    def _is_known(self, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._is_right(token.strip())
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        return cookie is not None and hmac.compare_digest(cookie.value.encode(), self._cookie.encode())

    def _is_right(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._token.encode())

    def _welcome(self, scope: Scope, query: list[tuple[str, str]]) -> RedirectResponse:
        """To the same page without the token in its address."""
        rest = urlencode([(name, value) for name, value in query if name != _PARAMETER])
        path = "/" + scope["path"].lstrip("/")  # two slashes would lead to another host
        response = RedirectResponse(path + (f"?{rest}" if rest else ""), 303)
        response.set_cookie(COOKIE, self._cookie, httponly=True, samesite="lax", secure=scope["scheme"] == "https")
        return response


class RateLimit:
    """ASGI middleware: 429 for more than `per_minute` POST requests of one address in a minute.

    Each address has a bucket of so many, which fills again evenly.
    """

    def __init__(self, app: ASGIApp, per_minute: int) -> None:
        self.app, self._per_minute = app, per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address: what is left, and when

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            seconds = self._take(scope["client"][0] if scope["client"] else "")
            if seconds:
                error = TooManyRequests(self._per_minute, seconds)
                headers = {"Retry-After": str(seconds)}
                await ProblemResponse(problem_of(error), headers)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _take(self, client: str) -> int:
        """0, or the seconds until the client may ask again."""
        now, a_second = time.monotonic(), self._per_minute / 60
        left, since = self._buckets.pop(client, (float(self._per_minute), now))
        left = min(self._per_minute, left + a_second * (now - since))
        allowed = left >= 1
        self._buckets[client] = (left - 1 if allowed else left, now)
        while len(self._buckets) > _MAX_CLIENTS:
            self._buckets.popitem(last=False)
        return 0 if allowed else math.ceil((1 - left) / a_second)
