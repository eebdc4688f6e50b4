"""Every setting of the server: name, default and help, declared once. The only reader of the environment.

Each is an option of `diffusion-explainer serve` and an environment variable: `queue_limit` is
`--queue-limit` and `DIFFUSION_EXPLAINER_QUEUE_LIMIT`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from . import resources
from .errors import InvalidRequest

PREFIX = "DIFFUSION_EXPLAINER_"


def _header_safe(value: str) -> str:
    if any(character in value for character in ";,\r\n"):
        raise ValueError("must be origins separated by spaces")
    return value


def _printable(value: str) -> str:
    if any(not "!" <= character <= "~" for character in value):
        raise ValueError("must be letters, digits and signs of ASCII, without spaces")
    return value


def _whole_or_fraction(value: float) -> float:
    if value > 1 and not value.is_integer():
        raise ValueError("must be a whole number, or a fraction of one GPU")
    return value


class Settings(BaseSettings):
    """The settings of a server."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on; 0.0.0.0 for every network.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    model: str = Field(
        "storybook",
        min_length=1,
        description="The model: storybook (embedded), a diffusers folder, or a hub id.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="Where the model runs.")
    replay: bool = Field(False, description="Serve the stored traces only, without a model.")
    engine: Literal["local", "ray"] = Field(
        "local", description="Where generations run: local, this process; ray, the machines of a Ray cluster."
    )
    ray_address: str = Field(
        "auto",
        min_length=1,
        description="The Ray cluster: host:port of its head; auto for the one that this computer belongs to.",
    )
    ray_gpus: Annotated[float, AfterValidator(_whole_or_fraction)] = Field(
        0.0,
        ge=0,
        le=64,
        description="GPUs of a replica: 0 runs on the CPU, 0.25 lets four replicas share a GPU.",
    )
    ray_cpus: float = Field(1.0, ge=0, le=1024, description="CPU cores of a replica.")
    ray_min_replicas: int = Field(0, ge=0, le=10_000, description="Replicas that are kept without work.")
    ray_max_replicas: int = Field(4, ge=1, le=10_000, description="Replicas at most.")
    ray_idle_seconds: float = Field(300.0, ge=0, le=86_400, description="Seconds that a replica without work is kept.")
    threads: int = Field(0, ge=0, le=1024, description="CPU threads for the model; 0 leaves it to torch.")
    concurrency: int = Field(1, ge=1, le=64, description="Generations at a time on the device.")
    batch_limit: int = Field(
        8,
        ge=1,
        le=256,
        description="Generations that share one call of the UNet: more are faster and take more memory.",
    )
    queue_limit: int = Field(
        16, ge=0, le=10_000, description="Generations that may wait; the next request gets status 429."
    )
    store: str = Field(
        default_factory=lambda: str(platformdirs.user_cache_path("diffusion-explainer") / "traces"),
        min_length=1,
        description="Folder or fsspec URL where traces are stored. By default in the user's cache folder.",
    )
    store_limit: int = Field(500, ge=1, description="Traces kept in the store; the oldest are deleted first.")
    gallery: str = Field(
        default_factory=lambda: str(resources.gallery()),
        min_length=1,
        description="Folder or fsspec URL of precomputed traces, read-only. By default the embedded ones.",
    )
    frame_ancestors: Annotated[str, AfterValidator(_header_safe)] = Field(
        "'self'",
        min_length=1,
        description="Sites that may show the page in a frame, as in Content-Security-Policy.",
    )

    token: Annotated[str, AfterValidator(_printable)] = Field(
        "", description="What clients must know to use the server; empty lets everybody in who reaches it."
    )
    rate_limit: int = Field(
        0, ge=0, le=100_000, description="POST requests of one address in a minute; 0 does not limit them."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="What is logged; info adds each request, debug adds stack traces."
    )
    log_format: Literal["text", "json"] = Field("text", description="How it is logged: one line each, text or JSON.")

    @classmethod
    def read(cls, **given: Any) -> Settings:
        """What is given, else the environment's, else the default; InvalidRequest names the first bad key."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            key = str(first["loc"][0]) if first["loc"] else "settings"
            raise InvalidRequest(
                key,
                first["input"],
                f"is not a usable value for {option(key)} or {PREFIX}{key.upper()}: {first['msg']}",
            ) from error


def option(name: str) -> str:
    """The command-line option of a setting."""
    return "--" + name.replace("_", "-")
