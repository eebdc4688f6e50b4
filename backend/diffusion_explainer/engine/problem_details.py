"""Errors as RFC 9457 problem details: the one place that gives each error its HTTP status."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from diffusion_explainer import errors

Problem = dict[str, Any]

MEDIA_TYPE = "application/problem+json"
_LONGEST_ECHO = 100  # characters of an offending value that are sent back

# error → status, kind (the fragment of `type`), title. First match wins.
_KINDS: tuple[tuple[type[Exception], int, str, str], ...] = (
    (errors.InvalidRequest, 422, "invalid-request", "A field of the request has a value that cannot be used"),
    (errors.TraceNotFound, 404, "not-found", "There is no such trace"),
    (errors.GroupNotFound, 404, "not-found", "There are no such runs"),
    (errors.FileNotInBundle, 404, "not-found", "There is no such file in the trace"),
    (errors.BundleTooNew, 500, "damaged-trace", "The stored trace cannot be read"),
    (errors.BundleError, 500, "damaged-trace", "The stored trace cannot be read"),
    (errors.QueueFull, 429, "queue-full", "Too many generations are waiting"),
    (errors.ModelUnavailable, 503, "model-unavailable", "There is no model to draw with"),
    (errors.ModelNotFound, 503, "model-unavailable", "There is no model to draw with"),
    (errors.NotInstalled, 501, "not-installed", "An optional package is needed"),
    (errors.ReplicaLost, 503, "replica-lost", "The machine that drew this went away"),
    (errors.StoreNotShared, 500, "store-not-shared", "The machines do not share a store"),
    (errors.UnsupportedModel, 503, "model-unavailable", "There is no model to draw with"),
)
_UNEXPECTED = (500, "unexpected", "Something went wrong that should not have")


def problem(status: int, kind: str | None, title: str, detail: str, **more: Any) -> Problem:
    """Problem details; `kind` names the paragraph of /api/docs that explains it (None: the status does)."""
    kind_url = f"/api/docs#{kind}" if kind else "about:blank"
    return {"type": kind_url, "title": title, "status": status, "detail": detail, **more}


def invalid_request(found: Sequence[errors.InvalidRequest]) -> Problem:
    """One problem for all fields that cannot be used."""
    echoed = [_echoed(error) for error in found]
    _, status, kind, title = _KINDS[0]
    return problem(status, kind, title, " ".join(map(str, echoed)), errors=[_field_error(error) for error in echoed])


def problem_of(error: Exception) -> Problem:
    """The problem that an error is. One that was not raised on purpose tells its kind and no more."""
    if isinstance(error, errors.InvalidRequest):
        return invalid_request([error])
    for known, status, kind, title in _KINDS:
        if isinstance(error, known):
            return problem(status, kind, title, str(error))
    return problem(*_UNEXPECTED, f"{type(error).__name__}. The server's log says more.")


def echo(value: Any) -> Any:
    """A value that JSON can carry: short, finite."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    text = value if isinstance(value, str) else _shown(value)
    return text if len(text) <= _LONGEST_ECHO else text[:_LONGEST_ECHO] + "…"


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except ValueError:  # a whole number of thousands of digits
        return type(value).__name__


def _echoed(error: errors.InvalidRequest) -> errors.InvalidRequest:
    return errors.InvalidRequest(error.field, echo(error.value), error.message, error.suggestion)


def _field_error(error: errors.InvalidRequest) -> Problem:
    """One entry of `errors`: the field, the value it had, what it must be, and a value that would do."""
    return {name: getattr(error, name) for name in ("field", "value", "message", "suggestion")}


KINDS = (
    *dict.fromkeys((kind, status, title) for _, status, kind, title in _KINDS),
    (_UNEXPECTED[1], _UNEXPECTED[0], _UNEXPECTED[2]),
)
