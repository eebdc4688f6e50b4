"""Keeps the model libraries' warnings out of logs, on one thread at a time: no global level is touched."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LIBRARIES = ("diffusers", "transformers", "huggingface_hub")


class _BelowError(logging.Filter):
    """Holds back what one thread logs below ERROR."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def filter(self, record: logging.LogRecord) -> bool:
        return record.thread != self._thread or record.levelno >= logging.ERROR


@contextmanager
def quiet() -> Iterator[None]:
    """Silences what the model libraries warn of on this thread; errors are logged, and failures still raise."""
    loggers = [logging.getLogger(), *map(logging.getLogger, _LIBRARIES)]
    handlers = [handler for logger in loggers for handler in logger.handlers]
    silence = _BelowError()
    for handler in handlers:
        handler.addFilter(silence)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(silence)
