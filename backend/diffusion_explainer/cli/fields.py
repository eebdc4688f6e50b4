"""The fields of a request as command-line options: names, defaults and help are those of TraceRequest."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from diffusion_explainer.request import TraceRequest

DEFAULTS: dict[str, Any] = {name: field.default for name, field in TraceRequest.model_fields.items()}
_HELP = {name: field.description for name, field in TraceRequest.model_fields.items()}

Prompt = Annotated[str, typer.Argument(help=_HELP["prompt"])]
NegativePrompt = Annotated[str, typer.Option(help=_HELP["negative_prompt"])]
Seed = Annotated[int, typer.Option(help=_HELP["seed"])]
GuidanceScale = Annotated[float, typer.Option(help=_HELP["guidance_scale"])]
Steps = Annotated[int, typer.Option(help=_HELP["steps"])]
Scheduler = Annotated[str, typer.Option(help=_HELP["scheduler"])]
ModelSource = Annotated[str, typer.Option(help="storybook (embedded), a diffusers folder, or a hub id.")]
