"""One lock for each UNet of this process: whoever watches or reads a pipeline holds it."""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

# The only state of this package that outlives a call: threads that are handed the same pipeline, or two pipelines of
# the same UNet, know nothing else of each other.
_locks: WeakKeyDictionary[Any, threading.Lock] = WeakKeyDictionary()
_guard = threading.Lock()


def lock_of(pipeline: Any) -> threading.Lock:
    """The lock of the pipeline's UNet."""
    with _guard:
        return _locks.setdefault(pipeline.unet, threading.Lock())
