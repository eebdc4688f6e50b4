"""A real `diffusion-explainer serve`, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

BACKEND = Path(__file__).parents[1] / "backend"


class ServerProcess(NamedTuple):
    url: str
    pid: int


@contextmanager
def serve(store: Path, **settings: object) -> Iterator[ServerProcess]:
    """The server on a free loopback port, stopped as Ctrl+C does; `settings` are those of `serve`."""
    options = {"store": store, "port": 0, "threads": 1, **settings}
    command = [sys.executable, "-m", "diffusion_explainer", "serve"]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", str(value)]
    environment = {**os.environ, "PYTHONPATH": str(BACKEND), "OMP_WAIT_POLICY": "passive"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("Diffusion Explainer is at "), line
            yield ServerProcess(line.split()[4], process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
