"""The id of the request under way, which its problem and its lines in the log carry."""

from __future__ import annotations

from contextvars import ContextVar

HEADER = "X-Request-Id"

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
