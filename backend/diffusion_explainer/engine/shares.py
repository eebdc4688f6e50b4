"""Who wants a run: each client has a share of its own, and the run stops when the last one ends."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from diffusion_explainer.errors import RunShared

_UNFOLLOWED = 300.0  # seconds that a share lasts if no stream ever follows with it
_GRACE = 10.0  # seconds to open a stream again


def new_share() -> str:
    """A name that nobody else can guess."""
    return secrets.token_urlsafe(16)


@dataclass
class _Share:
    named: bool = True  # False of a stream whose client named no share
    streams: int = 0
    was_followed: bool = False
    timer: asyncio.TimerHandle | None = None


class Shares:
    """The shares of one run; calls `on_last_end` when there is none left. Belongs to the event loop's thread.

    A share ends when its client says so, `grace` seconds after its last stream closed, or, if none was ever opened,
    after `unfollowed` seconds.
    """

    def __init__(self, on_last_end: Callable[[], None], unfollowed: float = _UNFOLLOWED, grace: float = _GRACE) -> None:
        self._on_last_end, self._unfollowed, self._grace = on_last_end, unfollowed, grace
        self._shares: dict[str, _Share] = {}
        self._closed = False

    def __len__(self) -> int:
        return len(self._shares)

    def begin(self, name: str) -> None:
        """A client asked for the run."""
        if not self._closed:
            self._wait(name, self._shares.setdefault(name, _Share()))

    def end(self, name: str) -> None:
        """A client does not want the run any more; no effect if its share has ended."""
        share = self._shares.pop(name, None)
        if share is None:
            return
        self._stop_timer(share)
        if not self._shares and not self._closed:
            self._on_last_end()

    def end_unnamed(self) -> None:
        """A client that names no share wants the run stopped; one unnamed stream counts as its own.

        Raises RunShared if another stream follows the run.
        """
        followed = [share for share in self._shares.values() if share.streams]
        if len(followed) > 1 or any(share.named for share in followed):
            raise RunShared()
        for name in list(self._shares):
            self.end(name)

    def renew(self) -> None:
        """Somebody asked how the run is doing: shares that no stream followed start their time again."""
        for name, share in self._shares.items():
            if not share.was_followed:
                self._wait(name, share)

    @contextlib.contextmanager
    def followed(self, name: str | None) -> Iterator[None]:
        """While a stream is open. `name`: its client's share, None for a share that lasts as long as the stream."""
        if self._closed:
            yield
            return
        key = name or new_share()
        share = self._shares.setdefault(key, _Share(named=name is not None))
        self._stop_timer(share)
        share.streams, share.was_followed = share.streams + 1, True
        try:
            yield
        finally:
            share.streams -= 1
            if not share.streams and self._shares.get(key) is share:
                self._wait(key, share)

    def close(self) -> None:
        """The run has ended: nobody holds it any more."""
        self._closed = True
        for share in self._shares.values():
            self._stop_timer(share)
        self._shares.clear()

    def _wait(self, name: str, share: _Share) -> None:
        self._stop_timer(share)
        if not share.streams:
            seconds = self._grace if share.was_followed else self._unfollowed
            share.timer = asyncio.get_running_loop().call_later(seconds, self.end, name)

    def _stop_timer(self, share: _Share) -> None:
        if share.timer is not None:
            share.timer.cancel()
            share.timer = None
