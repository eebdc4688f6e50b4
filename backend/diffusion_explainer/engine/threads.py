"""Blocking work beside an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


def start_thread(work: Callable[[], None]) -> None:
    """Runs `work` in a daemon thread: unlike an executor's, it never keeps the process from ending."""
    threading.Thread(target=work, daemon=True).start()


async def in_thread(work: Callable[[], Result], start: Callable[[Callable[[], None]], None] = start_thread) -> Result:
    """What `work` returns or raises on another thread, to which `start` brings it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(setter: Callable[[Any], None], outcome: Any) -> None:
        if not future.done():
            setter(outcome)

    def run() -> None:
        try:
            setter, outcome = future.set_result, work()
        except BaseException as error:
            setter, outcome = future.set_exception, error  # type: ignore[assignment]
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(settle, setter, outcome)

    start(run)
    return await future
