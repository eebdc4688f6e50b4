"""`diffusion-explainer serve`."""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
from pathlib import Path

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.server import create_app, logs
from diffusion_explainer.server.runner import Runner
from diffusion_explainer.settings import Settings, option

from .options import with_settings


@with_settings
def serve(settings: Settings) -> None:
    """Serves the page and the API."""
    _check_model_folder(settings.model)
    listening = _listen(settings.host, settings.port)
    url = _url(settings.host, listening.getsockname()[1])
    _warn_of_strangers(settings)
    logs.configure(settings)
    Runner(create_app(settings), listening, ready=lambda: _announce(url)).serve_until_stopped()


def _warn_of_strangers(settings: Settings) -> None:
    if not settings.token and not _is_loopback(settings.host):
        print(
            f"Warning: everybody who reaches this computer at {settings.host} can use this server. "
            f"{option('token')} keeps strangers out, {option('rate_limit')} slows them down.",
            file=sys.stderr,
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _announce(url: str) -> None:
    print(f"Diffusion Explainer is at {url} (Ctrl+C stops it).", flush=True)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InvalidRequest("port", port, f"is in use on {host}: choose another with {option('port')}") from error
        raise InvalidRequest("host", host, f"cannot be listened on at port {port}: {error.strerror}") from error


def _url(host: str, port: int) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{reachable}:{port}"


def _check_model_folder(model: str) -> None:
    """Raises InvalidRequest for a folder without a model; only the hub knows whether a hub id exists."""
    folder = Path(model).expanduser()
    looks_like_folder = model.startswith((".", "/", "~")) or folder.is_dir()
    if looks_like_folder and not (folder / "model_index.json").is_file():
        raise InvalidRequest("model", model, "must be a folder with a model_index.json, a hub id, or storybook")
