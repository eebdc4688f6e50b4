"""`diffusion-explainer trace`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from diffusion_explainer.bundle import BundleStore
from diffusion_explainer.request import TraceRequest

_DEFAULTS = {name: field.default for name, field in TraceRequest.model_fields.items()}
_HELP = {name: field.description for name, field in TraceRequest.model_fields.items()}


def trace(
    prompt: Annotated[str, typer.Argument(help=_HELP["prompt"])],
    negative_prompt: Annotated[str, typer.Option(help=_HELP["negative_prompt"])] = _DEFAULTS["negative_prompt"],
    seed: Annotated[int, typer.Option(help=_HELP["seed"])] = _DEFAULTS["seed"],
    guidance_scale: Annotated[float, typer.Option(help=_HELP["guidance_scale"])] = _DEFAULTS["guidance_scale"],
    steps: Annotated[int, typer.Option(help=_HELP["steps"])] = _DEFAULTS["steps"],
    scheduler: Annotated[str, typer.Option(help=_HELP["scheduler"])] = _DEFAULTS["scheduler"],
    model: Annotated[str, typer.Option(help="storybook (embedded), a diffusers folder, or a hub id.")] = "storybook",
    out: Annotated[Path, typer.Option(help="Folder that the bundle is put into, under its id.")] = Path("traces"),
) -> None:
    """Draws one prompt and stores every step as a bundle."""
    request = TraceRequest.checked(
        prompt=prompt,
        negative_prompt=negative_prompt,
        seed=seed,
        guidance_scale=guidance_scale,
        steps=steps,
        scheduler=scheduler,
    )
    with Console(stderr=True).status("loading the model"):
        from diffusion_explainer.generate import generate
        from diffusion_explainer.models import load_model
        from diffusion_explainer.progress import showing_steps

        loaded = load_model(model)
    with showing_steps() as report:
        made = generate(loaded, request, report)
    BundleStore(str(out)).save(made)
    typer.echo(out / made.id)
