"""What pydantic found wrong with a request, in words: field, value, what it must be, what would do."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from diffusion_explainer.problems import Problem, echo, field_error, problem

from . import limits

_EXAMPLE = "a cute rabbit in space, pixel art"
_TITLE = "A field of the request has a value that cannot be used"
_OUT_OF_RANGE = ("greater_than_equal", "less_than_equal", "greater_than", "less_than")


def validation_problem(found: Sequence[Any]) -> Problem:
    """The problem that pydantic's errors are."""
    fields = [_explain(error) for error in found]
    return problem(422, "invalid-request", _TITLE, " ".join(map(_sentence, fields)), errors=fields)


def _explain(error: dict[str, Any]) -> Problem:
    if error["loc"] == ("body",) or error["type"] == "json_invalid":
        return field_error("body", None, "must be a JSON object, sent as application/json")
    field = ".".join(str(part) for part in error["loc"][1:])
    value = None if error["type"] == "missing" else error["input"]
    message, suggestion = _must(field, value, error)
    return field_error(field, value, message, suggestion)


def _must(field: str, value: Any, error: dict[str, Any]) -> tuple[str, Any]:
    """What the field must be, and a value that would do."""
    kind, bounds, default = error["type"], limits.limits().get(field, {}), limits.defaults().get(field)
    if kind == "missing":
        return "must be given", _EXAMPLE if field == "prompt" else default
    if kind == "extra_forbidden":
        return f"is not a field; the fields are {', '.join(limits.field_names())}", _closest(
            field, limits.field_names()
        )
    if kind == "literal_error":
        return f"must be one of {', '.join(limits.choices())}", _closest(value, limits.choices()) or default
    if kind == "string_too_long":
        return f"must be at most {bounds['max_length']} characters; it has {len(value)}", value[: bounds["max_length"]]
    if field == "prompt" and kind in ("string_too_short", "value_error"):
        return "must not be empty", _EXAMPLE
    if "minimum" in bounds and "maximum" in bounds:
        return _number(field, value, kind, bounds), _clamped(value, kind, bounds, default)
    if kind.startswith("string_"):
        return "must be text", _EXAMPLE if field == "prompt" else default
    return f"must be {error['msg'].removeprefix('Input should be ')}", default


def _number(field: str, value: Any, kind: str, bounds: dict[str, Any]) -> str:
    low, high = (f"{bounds[end]:g}" if bounds[end] < 1e6 else str(bounds[end]) for end in ("minimum", "maximum"))
    if kind in _OUT_OF_RANGE:
        return f"must be {low} to {high}"
    return f"must be a {'number' if field == 'guidance_scale' else 'whole number'}, {low} to {high}"


def _clamped(value: Any, kind: str, bounds: dict[str, Any], default: Any) -> Any:
    return min(max(value, bounds["minimum"]), bounds["maximum"]) if kind in _OUT_OF_RANGE else default


def _closest(value: Any, known: tuple[str, ...]) -> str | None:
    return next(iter(difflib.get_close_matches(str(value)[:100].lower(), known, n=1, cutoff=0.4)), None)


def _sentence(error: Problem) -> str:
    if error["value"] is None:
        return f"{error['field']} {error['message']}."
    return f"{error['field']} is {echo(error['value'])!r}; it {error['message']}."
