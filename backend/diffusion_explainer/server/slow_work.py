"""Work that takes seconds, kept apart: one kind never waits for another, nor the page for any of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from diffusion_explainer.engine.threads import in_thread
from diffusion_explainer.errors import Busy

Result = TypeVar("Result")

_RETRY_AFTER = 5  # seconds


class SlowWork:
    """One kind of slow work: on `threads` threads at a time, and at most `limit` pieces in all."""

    def __init__(self, threads: int = 1, limit: int = 32) -> None:
        self._free = asyncio.Semaphore(threads)
        self._limit, self._pieces = limit, 0

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns. Raises Busy if too many pieces wait, or what `work` raises."""
        if self._pieces >= self._limit:
            raise Busy(_RETRY_AFTER)
        self._pieces += 1
        try:
            async with self._free:
                return await in_thread(work)
        finally:
            self._pieces -= 1
