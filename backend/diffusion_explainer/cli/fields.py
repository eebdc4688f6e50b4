"""The fields of a request as command-line options: names, defaults and help are those of TraceRequest."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from diffusion_explainer.errors import InvalidRequest
from diffusion_explainer.requests.request import SchedulerName, TraceRequest

DEFAULTS: dict[str, Any] = {name: field.default for name, field in TraceRequest.model_fields.items()}
_HELP = {name: field.description for name, field in TraceRequest.model_fields.items()}
_LIMITS = {
    name: "{minimum:g} to {maximum:g}.".format(**TraceRequest.fields().limits()[name])
    for name in ("guidance_scale", "steps")
}

Prompt = Annotated[str, typer.Argument(help=_HELP["prompt"])]
NegativePrompt = Annotated[str, typer.Option(help=_HELP["negative_prompt"])]
Seed = Annotated[int, typer.Option(help=_HELP["seed"])]
GuidanceScale = Annotated[float, typer.Option(help=f"{_HELP['guidance_scale']} {_LIMITS['guidance_scale']}")]
Steps = Annotated[int, typer.Option(help=f"{_HELP['steps']} {_LIMITS['steps']}")]
Scheduler = Annotated[str, typer.Option(help=f"{_HELP['scheduler']} {', '.join(get_args(SchedulerName))}.")]
ModelSource = Annotated[str, typer.Option(help="storybook (embedded), a diffusers folder, or a hub id.")]


def check_folder(out: Path) -> None:
    """Raises InvalidRequest for a folder that cannot be written to, before anything is generated."""
    existing = next(path for path in (out, *out.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise InvalidRequest("out", str(out), f"must be a folder, and {existing} is a file")
    if not os.access(existing, os.W_OK):
        raise InvalidRequest("out", str(out), f"must be a folder to write to; {existing} is read-only")
