"""Keeps the model libraries' warnings out of logs, on one thread at a time: no global level is touched."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LIBRARIES = ("diffusers", "transformers", "huggingface_hub")


class _Silence(logging.Filter):
    """Holds back what one thread logs below a level."""

    def __init__(self, below: int) -> None:
        super().__init__()
        self._thread, self._below = threading.get_ident(), below

    def filter(self, record: logging.LogRecord) -> bool:
        return record.thread != self._thread or record.levelno >= self._below


@contextmanager
def quiet(below: int = logging.ERROR) -> Iterator[None]:
    """Silences what the model libraries log on this thread below that level; failures still raise."""
    loggers = [logging.getLogger(), *map(logging.getLogger, _LIBRARIES)]
    handlers = [handler for logger in loggers for handler in logger.handlers]
    silence = _Silence(below)
    for handler in handlers:
        handler.addFilter(silence)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(silence)
