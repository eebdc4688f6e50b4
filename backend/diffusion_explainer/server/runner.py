"""Runs the app: in the foreground for `serve`, on a thread for benchmarks and tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from .middleware import MAX_HEADERS

_SHUTDOWN_TIMEOUT = 3  # seconds that open connections have to end when the server stops


class Runner(uvicorn.Server):
    """Serves `app` on a socket that already listens; calls `ready` once it answers there."""

    def __init__(self, app: FastAPI, listening: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",  # which limits the headers of a request
                h11_max_incomplete_event_size=MAX_HEADERS,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT,
            )
        )
        self.app, self.listening, self.ready = app, listening, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to answer."""
        await super().startup(sockets)
        if self.started:
            self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops the jobs first: their event streams would keep connections open."""
        if self.started:
            await self.app.state.engine.close()
        await super().shutdown(sockets)

    def serve_until_stopped(self) -> None:
        """Blocks until a signal, or `should_exit`."""
        self.run(sockets=[self.listening])


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serves `app` on a free loopback port, on a thread, for as long as the `with` lasts; yields its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        runner = Runner(app, listening)
        thread = threading.Thread(target=runner.serve_until_stopped, daemon=True)
        thread.start()
        while not runner.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            runner.should_exit = True
            thread.join()
