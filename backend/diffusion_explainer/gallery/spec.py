"""What a gallery is to hold, in YAML; a field that is a list stands for each of its values.

settings: {seed: [1, 2, 3], guidance_scale: [0, 1, 7, 20], steps: 25}   # of every prompt below
starter: {seed: 1, guidance_scale: 7}    # the runs that are generated first, and only those without --all
pairs:                                   # prompts that differ by a keyword, each with all the settings
  - {title: snow or forest, a: a fox in the snow, b: a fox in a forest}
  - {title: red or green, a: a red apple, b: a green apple, starter: all}
prompts:                                 # single prompts, with settings of their own
  - {prompt: an owl in a room, negative_prompt: at night, seed: 1, guidance_scale: 7}
examples: [an owl at night, cartoon]     # prompts to suggest
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import yaml

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import TraceRequest

Fields = dict[str, Any]

_SECTIONS = {"settings": dict, "starter": dict, "pairs": list, "prompts": list, "examples": list}
_ALL = "all"
_MOST_RUNS = 10_000
_MOST_VALUES = 100_000  # in the whole file, each counted as often as an alias repeats it


@dataclass(frozen=True)
class Entry:
    """One run of the spec. `place`: where in the spec it is."""

    place: str
    title: str
    request: TraceRequest
    starter: bool


@dataclass(frozen=True)
class Pair:
    """Two requests that differ by a keyword."""

    title: str
    a: TraceRequest
    b: TraceRequest


@dataclass
class GallerySpec:
    """The runs of a gallery, first those that a first visit shows. `rejected`: entries with an invalid field."""

    entries: list[Entry] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    rejected: list[InvalidRequest] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> GallerySpec:
        """Raises InvalidRequest for a file that is not such a spec; an invalid entry is only `rejected`."""
        return _Reader(_sections(path)).read()

    @property
    def starter(self) -> list[Entry]:
        """The runs that a first visit shows."""
        return [entry for entry in self.entries if entry.starter]


class _Reader:
    """Collects the entries of one spec."""

    def __init__(self, sections: Fields) -> None:
        self.settings, self.starter = sections["settings"], sections["starter"]
        self.sections, self.found = sections, GallerySpec(examples=sections["examples"])
        self.entries: dict[TraceRequest, Entry] = {}  # one for each request
        self.shown: set[TraceRequest] = set()

    def read(self) -> GallerySpec:
        for number, fields in enumerate(self.sections["pairs"], 1):
            self._pair(f"pair {_named(fields, 'title', number)}", fields)
        for number, fields in enumerate(self.sections["prompts"], 1):
            self._prompt(f"prompt {_named(fields, 'title', number)}", fields)
        self.found.entries = sorted(
            self.entries.values(), key=lambda entry: (entry.request not in self.shown, not entry.starter)
        )
        return self.found

    def _pair(self, place: str, fields: Fields) -> None:
        fields = dict(fields)
        sides = {side: fields.pop(side, None) for side in ("a", "b")}
        title = fields.pop("title", place)
        try:
            _check_title(title)
        except InvalidRequest as error:
            self._reject(place, error)
            return
        shown = {side: self._prompt(f"{place}, {side}", {**fields, "prompt": prompt}) for side, prompt in sides.items()}
        if shown["a"] and shown["b"]:
            self.found.pairs.append(Pair(title, shown["a"], shown["b"]))

    def _prompt(self, place: str, fields: Fields) -> TraceRequest | None:
        """Adds the runs of one prompt; returns the request of the one to show, None if a field is invalid."""
        fields = {**self.settings, **fields}
        title = fields.pop("title", None)
        whole = fields.pop("starter", None)
        try:
            if whole not in (None, _ALL):
                raise InvalidRequest("starter", whole, f"must be {_ALL!r}, or left out", _ALL)
            _check_title(title)
            if len(self.entries) + _num_runs(fields) > _MOST_RUNS:
                raise InvalidRequest("runs", _num_runs(fields), f"must not be more than {_MOST_RUNS} in a spec")
            requests = [TraceRequest.checked(**chosen) for chosen in _expanded(fields)]
        except InvalidRequest as error:
            self._reject(place, error)
            return None
        shown = next((request for request in requests if self._is_shown(request)), requests[0])
        self.shown.add(shown)
        for request in requests:
            self._add(Entry(place, title or request.prompt, request, starter=whole == _ALL or request == shown))
        return shown

    def _reject(self, place: str, error: InvalidRequest) -> None:
        field = f"{place}: {error.field}"
        self.found.rejected.append(InvalidRequest(field, error.value, error.message, error.suggestion))

    def _is_shown(self, request: TraceRequest) -> bool:
        return all(getattr(request, name, None) == value for name, value in self.starter.items())

    def _add(self, entry: Entry) -> None:
        earlier = self.entries.get(entry.request, entry)
        self.entries[entry.request] = replace(earlier, starter=earlier.starter or entry.starter)


def _sections(path: Path) -> Fields:
    try:
        wire = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise InvalidRequest(str(path), None, f"cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, or a date that is none
        raise InvalidRequest(str(path), None, f"must be YAML: {' '.join(str(error).split())}") from error
    _check_values(path, wire)
    if not isinstance(wire, dict) or not set(wire) & {"pairs", "prompts"}:
        raise InvalidRequest(str(path), None, "must be a mapping with `pairs` or `prompts`")
    for name, value in wire.items():
        kind = _SECTIONS.get(name)
        if kind is None:
            raise InvalidRequest(f"{path}: {name}", None, f"must be one of {', '.join(_SECTIONS)}")
        if not isinstance(value, kind):
            must = "must be a list" if kind is list else "must be a mapping"
            raise InvalidRequest(f"{path}: {name}", value, must)
    for name in ("pairs", "prompts"):
        for number, fields in enumerate(wire.get(name, []), 1):
            if not isinstance(fields, dict):
                raise InvalidRequest(f"{path}: {name}, number {number}", fields, "must be a mapping")
    for example in wire.get("examples", []):
        if not _is_text(example):
            raise InvalidRequest(f"{path}: examples", example, "must be text")
    return {name: wire.get(name, kind()) for name, kind in _SECTIONS.items()}


def _check_values(path: Path, wire: Any) -> None:
    """Raises InvalidRequest for a field's name that is no text, and for a file that aliases make endless."""
    unseen, number = [wire], 0
    while unseen:
        value = unseen.pop()
        number += 1
        if number > _MOST_VALUES:
            raise InvalidRequest(str(path), None, f"must have at most {_MOST_VALUES} values")
        if isinstance(value, dict):
            for name in value:
                if not _is_text(name):
                    raise InvalidRequest(f"{path}: {name!r:.100}", None, "must be the name of a field")
            unseen.extend(value.values())
        elif isinstance(value, (list, set, tuple)):
            unseen.extend(value)


def _check_title(title: Any) -> None:
    if title is not None and not _is_text(title):
        raise InvalidRequest("title", title, "must be text")


def _is_text(value: Any) -> bool:
    """Whether it can be stored: YAML can write half of a character that takes two."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _num_runs(fields: Fields) -> int:
    return math.prod(len(value) for value in fields.values() if isinstance(value, list) and value)


def _named(fields: Fields, name: str, number: int) -> str:
    return repr(fields[name]) if name in fields else f"number {number}"


def _expanded(fields: Fields) -> Iterator[Fields]:
    """Every combination of the fields that are lists; an empty list is left for the request to reject."""
    choices = [value if isinstance(value, list) and value else [value] for value in fields.values()]
    for chosen in product(*choices):
        yield dict(zip(fields, chosen, strict=True))
