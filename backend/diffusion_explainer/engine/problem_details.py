"""Errors as RFC 9457 problem details: the one place that gives each error its HTTP status."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NotRequired

from typing_extensions import TypedDict  # pydantic takes it for the schema, and typing's only from Python 3.12

from diffusion_explainer import errors

MEDIA_TYPE = "application/problem+json"
_LONGEST_ECHO = 100  # characters of an offending value that are sent back

# error → status, kind (the fragment of `type`), title. First match wins.
_KINDS: tuple[tuple[type[Exception], int, str, str], ...] = (
    (errors.InvalidRequest, 422, "invalid-request", "A field of the request is invalid"),
    (errors.TraceNotFound, 404, "not-found", "There is no such trace"),
    (errors.GroupNotFound, 404, "not-found", "There is no such group of runs"),
    (errors.FileNotInBundle, 404, "not-found", "There is no such file in the trace"),
    (errors.BundleTooNew, 500, "damaged-trace", "The stored trace cannot be read"),
    (errors.BundleError, 500, "damaged-trace", "The stored trace cannot be read"),
    (errors.StorageError, 503, "storage-failed", "The storage cannot be read or written"),
    (errors.QueueFull, 429, "queue-full", "Too many generations are waiting"),
    (errors.Busy, 503, "busy", "Too much is asked at once"),
    (errors.TooManyRequests, 429, "too-many-requests", "Too many requests"),
    (errors.Unauthorized, 401, "unauthorized", "The token is missing"),
    (errors.RunEnded, 409, "run-ended", "The run is over"),
    (errors.RunShared, 409, "run-shared", "Somebody else follows the run"),
    (errors.ModelUnavailable, 503, "model-unavailable", "No model is available"),
    (errors.ModelNotFound, 503, "model-unavailable", "No model is available"),
    (errors.NotInstalled, 501, "not-installed", "An optional package is not installed"),
    (errors.ReplicaLost, 503, "replica-lost", "The machine that generated this was lost"),
    (errors.StoreNotShared, 500, "store-not-shared", "The machines do not share a store"),
    (errors.UnsupportedModel, 503, "model-unavailable", "No model is available"),
    (errors.NotFinite, 500, "not-finite", "The model gave no numbers"),
)
_WITH_ADDRESS = (errors.BundleError, errors.StoreNotShared)  # their messages say where the store is
_LOGGED = "The server's log has the details."
_UNEXPECTED = (500, "unexpected", "An unexpected error")
_OUT_OF_MEMORY = (503, "out-of-memory", "The memory is used up")
_NEEDS_LESS = "This needs more memory than the server has free; try again later, or with less at once."


class FieldError(TypedDict):
    """A field that cannot be used: its value, what it must be, and a value that is valid."""

    field: str
    value: Any
    message: str
    suggestion: Any


class Problem(TypedDict):
    """What went wrong, by RFC 9457. `request_id`: names the request in the server's log."""

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[list[FieldError]]
    request_id: NotRequired[str]


def problem(status: int, kind: str | None, title: str, detail: str) -> Problem:
    """Problem details; `kind` names the paragraph of /api/docs that explains it (None: the status does)."""
    kind_url = f"/api/docs#{kind}" if kind else "about:blank"
    return {"type": kind_url, "title": title, "status": status, "detail": detail}


def invalid_request(found: Sequence[errors.InvalidRequest]) -> Problem:
    """One problem for all fields that cannot be used."""
    echoed = [_echoed(error) for error in found]
    _, status, kind, title = _KINDS[0]
    fields = [_field_error(error) for error in echoed]
    return {**problem(status, kind, title, " ".join(error.sentence for error in echoed)), "errors": fields}


def problem_of(error: Exception) -> Problem:
    """The problem details of an error; only the type of one that this package did not raise on purpose."""
    if isinstance(error, errors.InvalidRequest):
        return invalid_request([error])
    for known, status, kind, title in _KINDS:
        if isinstance(error, known):
            return problem(status, kind, title, _LOGGED if isinstance(error, _WITH_ADDRESS) else str(error))
    if _is_out_of_memory(error):
        return problem(*_OUT_OF_MEMORY, _NEEDS_LESS)
    return problem(*_UNEXPECTED, f"{type(error).__name__}. {_LOGGED}")


def _is_out_of_memory(error: Exception) -> bool:
    """Of Python; of a GPU or of the CPU, by what torch calls it, which is not imported here."""
    named = type(error).__name__ in ("MemoryError", "OutOfMemoryError")
    return named or (isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error))


def kind_of(found: Problem) -> str:
    """The kind of a problem; of one without, its status."""
    return found["type"].partition("#")[2] or str(found["status"])


def echo(value: Any) -> Any:
    """A value to send back: short, and finite so that JSON can carry it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    text = value if isinstance(value, str) else _repr(value)
    return text if len(text) <= _LONGEST_ECHO else text[:_LONGEST_ECHO] + "…"


def _repr(value: Any) -> str:
    try:
        return repr(value)
    except ValueError:  # an integer of thousands of digits
        return type(value).__name__


def _echoed(error: errors.InvalidRequest) -> errors.InvalidRequest:
    return errors.InvalidRequest(error.field, echo(error.value), error.message, error.suggestion, error.label)


def _field_error(error: errors.InvalidRequest) -> FieldError:
    return {"field": error.field, "value": error.value, "message": error.message, "suggestion": error.suggestion}


KINDS = (
    *dict.fromkeys((kind, status, title) for _, status, kind, title in _KINDS),
    *((kind, status, title) for status, kind, title in (_OUT_OF_MEMORY, _UNEXPECTED)),
)
