"""`diffusion-explainer trace`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.storage.formats import FORMATS, check_writable, suffix_of

from .fields import DEFAULTS, GuidanceScale, ModelSource, NegativePrompt, Prompt, Scheduler, Seed, Steps, check_folder


def trace(
    prompt: Prompt,
    negative_prompt: NegativePrompt = DEFAULTS["negative_prompt"],
    seed: Seed = DEFAULTS["seed"],
    guidance_scale: GuidanceScale = DEFAULTS["guidance_scale"],
    steps: Steps = DEFAULTS["steps"],
    scheduler: Scheduler = DEFAULTS["scheduler"],
    model: ModelSource = "storybook",
    out: Annotated[Path, typer.Option(help="Folder for the bundle, which is named by its id.")] = Path("traces"),
    export: Annotated[
        list[Path] | None,
        typer.Option(help=f"A file to write too, in the format of its suffix: {', '.join(FORMATS)}. May be repeated."),
    ] = None,
) -> None:
    """Draws one prompt and stores every step as a bundle."""
    check_folder(out)
    for path in export or []:
        suffix_of(path)
        check_writable(path)
    request = TraceRequest.checked(
        prompt=prompt,
        negative_prompt=negative_prompt,
        seed=seed,
        guidance_scale=guidance_scale,
        steps=steps,
        scheduler=scheduler,
    )
    with Console(stderr=True).status("loading the model"):
        from diffusion_explainer.tracing.generate import generate
        from diffusion_explainer.tracing.models import load_model
        from diffusion_explainer.tracing.progress import showing_steps

        loaded = load_model(model)
    with showing_steps() as show:
        made = generate(loaded, request, show)
    if made.truncated:
        typer.echo(f"Did not fit into the model's slots, and was cut: {made.truncated}", err=True)
    BundleStore(str(out)).save(made)
    typer.echo(out / made.id)
    for path in export or []:
        typer.echo(made.export(path))
