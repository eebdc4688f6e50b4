"""What is wrong with the fields of a request, in words: the value, what it must be, and one that is valid."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from diffusion_explainer.errors import InvalidRequest

Path: TypeAlias = tuple[str | int, ...]  # of a field inside others

_BOUNDS = {"minimum": "minimum", "maximum": "maximum", "maxLength": "max_length", "minLength": "min_length"}
_TYPES = {"string": "text", "array": "a list", "object": "a mapping of fields"}
_OUT_OF_RANGE = ("greater_than_equal", "less_than_equal", "greater_than", "less_than")


class Fields:
    """What each field of a pydantic model may be, read from its JSON schema.

    A field inside another is named by its path: `branched_from.0.step`.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._whole = schema
        self._properties: Mapping[str, Mapping[str, Any]] = schema["properties"]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._properties)

    def limits(self) -> dict[str, dict[str, Any]]:
        """Field → its bounds: minimum and maximum, or min_length and max_length."""
        bounds = {name: _bounds(self._schema((name,))) for name in self.names}
        return {name: bound for name, bound in bounds.items() if bound}

    def defaults(self) -> dict[str, Any]:
        """Field → the value it has when a request does not say."""
        return {name: schema["default"] for name, schema in self._properties.items() if "default" in schema}

    def explained(self, found: Sequence[Mapping[str, Any]]) -> list[InvalidRequest]:
        """Pydantic's errors in our words."""
        return [self._explain(error) for error in found]

    def _explain(self, error: Mapping[str, Any]) -> InvalidRequest:
        path: Path = error["loc"]
        value = None if error["type"] == "missing" else error["input"]
        message, suggestion = self._must(path, value, error)
        return InvalidRequest(".".join(map(str, path)), value, message, suggestion, self._schema(path).get("title"))

    def _must(self, path: Path, value: Any, error: Mapping[str, Any]) -> tuple[str, Any]:
        """What the field must be, and a valid value."""
        kind, schema = error["type"], self._schema(path)
        bounds, usual = _bounds(schema), _usual(schema)
        if kind == "missing":
            return "must be given", usual
        if kind == "extra_forbidden":
            names = tuple(self._schema(path[:-1])["properties"])
            return f"is not a field; the fields are {', '.join(names)}", _closest(path[-1], names)
        if kind == "literal_error":
            return f"must be one of {', '.join(schema['enum'])}", _closest(value, schema["enum"]) or usual
        if kind == "string_too_long":
            longest = bounds["max_length"]
            return f"must be at most {longest} characters; it has {len(value)}", value[:longest]
        if kind == "string_too_short":
            return "must not be empty", usual
        if kind == "value_error":  # raised by a validator of ours, in our words
            return str(error["ctx"]["error"]), usual
        if kind in ("too_short", "too_long"):
            return f"must have {_count(schema)}; it has {len(value)}", None
        if "minimum" in bounds and "maximum" in bounds:
            return _number(schema["type"], kind, bounds), _clamped(value, kind, bounds, usual)
        return f"must be {_TYPES.get(schema.get('type', ''), 'of another type')}", usual

    def _schema(self, path: Path) -> Mapping[str, Any]:
        schema = self._whole
        for part in path:
            inside = schema.get("items", {}) if isinstance(part, int) else schema.get("properties", {}).get(part, {})
            schema = self._resolved(inside)
        return schema

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        name = schema.get("$ref", "").rpartition("/")[2]
        return {**self._whole["$defs"][name], **schema} if name else schema


def _bounds(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {ours: schema[theirs] for theirs, ours in _BOUNDS.items() if theirs in schema}


def _usual(schema: Mapping[str, Any]) -> Any:
    return schema.get("default", next(iter(schema.get("examples", ())), None))


def _number(type_name: str, kind: str, bounds: Mapping[str, Any]) -> str:
    low, high = (f"{bounds[end]:g}" if bounds[end] < 1e6 else str(bounds[end]) for end in ("minimum", "maximum"))
    if kind in _OUT_OF_RANGE:
        return f"must be {low} to {high}"
    return f"must be a {'whole number' if type_name == 'integer' else 'number'}, {low} to {high}"


def _count(schema: Mapping[str, Any]) -> str:
    fewest, most = schema.get("minItems", 0), schema.get("maxItems")
    return f"{fewest} or more entries" if most is None else f"{fewest} to {most} entries"


def _clamped(value: Any, kind: str, bounds: Mapping[str, Any], usual: Any) -> Any:
    return min(max(value, bounds["minimum"]), bounds["maximum"]) if kind in _OUT_OF_RANGE else usual


def _closest(value: Any, known: Sequence[str]) -> str | None:
    text = value[:100].lower() if isinstance(value, str) else ""
    return next(iter(difflib.get_close_matches(text, known, n=1, cutoff=0.4)), None)
