"""Everything that can go wrong, in one tree.

    DiffusionExplainerError
    ├── InvalidRequest        a field of a request has an invalid value
    ├── ModelNotFound         no model at that folder or hub id
    ├── UnsupportedModel      a model whose steps cannot be recorded
    ├── NotFinite             a step gave NaN or infinity
    ├── PipelineInUse         a pipeline is asked to draw from inside of its own drawing
    ├── ModelUnavailable      no model to draw with now: loading, failed, or replay only
    ├── TraceNotFound         no trace has that id
    ├── GroupNotFound         no group of runs has that id
    ├── FileNotInBundle       a bundle has no file of that name
    ├── BundleError           a bundle cannot be read
    │   ├── BundleTooNew      written by a newer version
    │   └── BundleDamaged     incomplete, or its files do not agree
    ├── StorageError          the storage cannot be read or written; an OSError too
    ├── NoRequestInside       a picture without a request of ours in its metadata
    ├── NotReplaceable        a folder that holds something else, or nothing to write
    ├── NotInstalled          an optional package is missing
    ├── ReplicaLost           the replica that drew was lost, again and again
    ├── StoreNotShared        what a replica stored is not in the server's store
    ├── QueueFull             the queue is at its limit
    ├── Busy                  too much work that takes seconds is waiting
    ├── TooManyRequests       a client asks more often than it may
    ├── Unauthorized          a request without the server's token
    ├── RunEnded              the run is over: there is nothing to stop
    ├── RunShared             somebody else follows the run, so that it goes on
    └── Cancelled             the generation was stopped on request

A message states the offending value and what to do.
"""

from __future__ import annotations

from typing import Any

_LONGEST_VALUE = 200  # characters of an offending value in a message


class DiffusionExplainerError(Exception):
    """Base of every error that this package raises on purpose."""


class InvalidRequest(DiffusionExplainerError):
    """`field` has the invalid `value`: `message` says what it must be, `suggestion` is a valid value or None.

    `label` is what people call the field: Guidance, where a program says guidance_scale.
    """

    def __init__(self, field: str, value: Any, message: str, suggestion: Any = None, label: str | None = None) -> None:
        self.field, self.value, self.message, self.suggestion = field, value, message, suggestion
        self.label = label or field
        super().__init__(self._sentence(field))

    @property
    def sentence(self) -> str:
        """The message for people, who know the field by its label."""
        return self._sentence(self.label)

    def _sentence(self, name: str) -> str:
        what = name if self.value is None else f"{name} is {_shown(self.value)}; it"
        return f"{what} {self.message}."


class ModelNotFound(DiffusionExplainerError):
    """No model at `source`."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"No model {source!r}: {reason}")
        self.source, self.reason = source, reason


class UnsupportedModel(DiffusionExplainerError):
    """The model loads, but is not a Stable Diffusion whose steps can be recorded."""


class NotFinite(DiffusionExplainerError):
    """The tensor `name` holds NaN or infinity, at the step `step` (None: outside of one)."""

    def __init__(self, name: str, step: int | None = None) -> None:
        where = "" if step is None else f" of step {step + 1}"
        super().__init__(
            f"{name}{where} is not a number (NaN or infinity), so no picture can follow. "
            "Half precision may overflow: load the model in float32, or try other settings."
        )
        self.name, self.step = name, step


class PipelineInUse(DiffusionExplainerError):
    """`on_event` uses the pipeline whose event it is told of, which would wait for itself."""

    def __init__(self) -> None:
        super().__init__(
            "This pipeline is drawing, in the call that reports this event. "
            "Use it once that call has returned, or load a second one."
        )


class ModelUnavailable(DiffusionExplainerError):
    """There is no model to draw with; try again in `retry_after` seconds (None: never)."""

    def __init__(self, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.retry_after = reason, retry_after


class TraceNotFound(DiffusionExplainerError):
    """No trace has the id `trace_id`."""

    def __init__(self, trace_id: str) -> None:
        super().__init__(f"No trace has the id {trace_id!r}.")
        self.trace_id = trace_id


class GroupNotFound(DiffusionExplainerError):
    """No group of runs has the id `group_id`, or no longer."""

    def __init__(self, group_id: str) -> None:
        super().__init__(f"No group of runs has the id {group_id!r}; post it again, stored runs are returned at once.")
        self.group_id = group_id


class FileNotInBundle(DiffusionExplainerError):
    """The bundle of `trace_id` has no file called `name`."""

    def __init__(self, trace_id: str, name: str) -> None:
        super().__init__(f"The bundle {trace_id!r} has no file {name!r}.")
        self.trace_id, self.name = trace_id, name


class BundleError(DiffusionExplainerError):
    """A bundle cannot be read."""


class BundleTooNew(BundleError):
    """The bundle was written in a format `version` that this package does not know yet."""

    def __init__(self, url: str, version: int, known: int) -> None:
        super().__init__(
            f"{url} is a bundle of version {version}; this package reads up to {known}. Upgrade diffusion-explainer."
        )
        self.url, self.version = url, version


class BundleDamaged(BundleError):
    """The bundle is incomplete or its files do not agree."""


class StorageError(DiffusionExplainerError, OSError):
    """The storage could not be read or written (`doing`), for a `reason` that the system gives."""

    def __init__(self, doing: str, reason: str) -> None:
        super().__init__(f"The storage cannot be {doing}: {reason}.")
        self.doing, self.reason = doing, reason


class NoRequestInside(DiffusionExplainerError):
    """The file `named` is not a PNG with a request in its metadata."""

    def __init__(self, named: str) -> None:
        super().__init__(f"{named} has no request in its metadata: only a PNG that Diffusion Explainer wrote has one.")


class NotReplaceable(DiffusionExplainerError):
    """Writing there would destroy something, or there is nothing to write."""


class NotInstalled(DiffusionExplainerError):
    """`package` is not installed; the extra `extra` of this package brings it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed here: pip install 'diffusion-explainer[{extra}]'.")
        self.package, self.extra = package, extra


class ReplicaLost(DiffusionExplainerError):
    """The replica that drew was lost `times` times."""

    def __init__(self, times: int, reason: str) -> None:
        super().__init__(f"The replica that drew this was lost {times} times: {reason} Try again later.")
        self.times, self.reason = times, reason


class StoreNotShared(DiffusionExplainerError):
    """A machine of the cluster stored the trace `trace_id`, and it is not at `url` for the server."""

    def __init__(self, trace_id: str, url: str) -> None:
        super().__init__(
            f"The trace {trace_id} was stored by a machine of the cluster, but is not in {url} here: "
            "the store must be one that all machines share, such as s3://."
        )
        self.trace_id, self.url = trace_id, url


class QueueFull(DiffusionExplainerError):
    """The queue holds `limit` jobs already; try again after `retry_after` seconds."""

    def __init__(self, limit: int, retry_after: int) -> None:
        super().__init__(f"{limit} generations are waiting already; try again in {retry_after} s.")
        self.limit, self.retry_after = limit, retry_after


class Busy(DiffusionExplainerError):
    """Too many requests of a kind that takes seconds are waiting; try again after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many such requests are waiting; try again in {retry_after} s.")
        self.retry_after = retry_after


class TooManyRequests(DiffusionExplainerError):
    """A client posts more than `per_minute` requests; it may try again after `retry_after` seconds."""

    def __init__(self, per_minute: int, retry_after: int) -> None:
        super().__init__(f"This server takes {per_minute} requests a minute of you; try again in {retry_after} s.")
        self.per_minute, self.retry_after = per_minute, retry_after


class Unauthorized(DiffusionExplainerError):
    """A request without the server's token."""

    def __init__(self) -> None:
        super().__init__("This server wants its token: open it as /?token=…, or send Authorization: Bearer …")


class RunEnded(DiffusionExplainerError):
    """The run `trace_id` is over."""

    def __init__(self, trace_id: str) -> None:
        super().__init__(f"The run {trace_id} is over: there is nothing to stop.")
        self.trace_id = trace_id


class RunShared(DiffusionExplainerError):
    """A client that names no share asked to stop a run that somebody else follows."""

    def __init__(self) -> None:
        super().__init__("Somebody else follows this run, so it goes on. To end your own part, name your share of it.")


class Cancelled(DiffusionExplainerError):
    """The generation was stopped after `step` complete steps."""

    def __init__(self, step: int) -> None:
        super().__init__(f"Stopped after {step} steps.")
        self.step = step


def _shown(value: Any) -> str:
    try:
        shown = repr(value)
    except Exception:  # an integer of thousands of digits; an object of another library
        return f"a value of type {type(value).__name__}"
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[:_LONGEST_VALUE]}…"
