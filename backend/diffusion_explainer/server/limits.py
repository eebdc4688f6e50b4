"""What each field of a request may be, read from TraceRequest: what checks, messages and the page go by."""

from __future__ import annotations

from typing import Any

from diffusion_explainer.request import TraceRequest

_NAMES = {"minimum": "minimum", "maximum": "maximum", "maxLength": "max_length", "minLength": "min_length"}
_FIELDS: dict[str, dict[str, Any]] = TraceRequest.model_json_schema()["properties"]


def limits() -> dict[str, dict[str, Any]]:
    """Field → its bounds: minimum and maximum, or min_length and max_length."""
    bounds = {
        field: {ours: schema[theirs] for theirs, ours in _NAMES.items() if theirs in schema}
        for field, schema in _FIELDS.items()
    }
    return {field: bound for field, bound in bounds.items() if bound}


def defaults() -> dict[str, Any]:
    """Field → the value it has when a request does not say."""
    return {field: schema["default"] for field, schema in _FIELDS.items() if "default" in schema}


def choices() -> tuple[str, ...]:
    """The names of the schedulers."""
    return tuple(_FIELDS["scheduler"]["enum"])


def field_names() -> tuple[str, ...]:
    """The names of all fields."""
    return tuple(_FIELDS)
