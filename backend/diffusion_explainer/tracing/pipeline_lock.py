"""One lock for each UNet of this process: whoever watches or reads a pipeline holds it."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

from diffusion_explainer.errors import PipelineInUse


class PipelineLock:
    """Held in a `with` by one thread at a time.

    Raises PipelineInUse for the thread that holds it already, which would wait for itself for ever.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holder: int | None = None

    def __enter__(self) -> None:
        if self._holder == threading.get_ident():
            raise PipelineInUse()
        self._lock.acquire()
        self._holder = threading.get_ident()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._holder = None
        self._lock.release()


# The only state of this package that outlives a call: threads that are handed the same pipeline, or two pipelines of
# the same UNet, know nothing else of each other.
_locks: WeakKeyDictionary[Any, PipelineLock] = WeakKeyDictionary()
_guard = threading.Lock()


def lock_of(pipeline: Any) -> PipelineLock:
    """The lock of the pipeline's UNet."""
    with _guard:
        return _locks.setdefault(pipeline.unet, PipelineLock())
