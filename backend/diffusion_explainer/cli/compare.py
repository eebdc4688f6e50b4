"""`diffusion-explainer compare`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from diffusion_explainer.rendering.comparison_report import comparison_page
from diffusion_explainer.requests.request import TraceRequest
from diffusion_explainer.storage.bundle_store import BundleStore
from diffusion_explainer.storage.folder import storage
from diffusion_explainer.tracing.progress import showing_steps

from .fields import DEFAULTS, GuidanceScale, ModelSource, NegativePrompt, Scheduler, Seed, Steps, check_folder


def compare(
    a: Annotated[str, typer.Argument(help="The first prompt.")],
    b: Annotated[str, typer.Argument(help="The second prompt.")],
    negative_prompt: NegativePrompt = DEFAULTS["negative_prompt"],
    seed: Seed = DEFAULTS["seed"],
    guidance_scale: GuidanceScale = DEFAULTS["guidance_scale"],
    steps: Steps = DEFAULTS["steps"],
    scheduler: Scheduler = DEFAULTS["scheduler"],
    model: ModelSource = "storybook",
    out: Annotated[Path, typer.Option(help="Folder for the report and both bundles.")] = Path("comparison"),
) -> None:
    """Draws two prompts from the same noise and reports what the words changed, and when."""
    check_folder(out)
    shared = {
        "negative_prompt": negative_prompt,
        "seed": seed,
        "guidance_scale": guidance_scale,
        "steps": steps,
        "scheduler": scheduler,
    }
    requests = (TraceRequest.checked(prompt=a, **shared), TraceRequest.checked(prompt=b, **shared))
    with Console(stderr=True).status("loading the model"):
        from diffusion_explainer.tracing import experiments  # imports torch
        from diffusion_explainer.tracing.models import load_model

        loaded = load_model(model)
    with showing_steps(num_steps=sum(loaded.num_steps(each.scheduler, each.steps) for each in set(requests))) as show:
        comparison = experiments.compare(loaded, *requests, lambda member, event: show(event))
    store = BundleStore(str(out))
    for trace in (comparison.a, comparison.b):
        store.save(trace)
    page = out / "comparison.html"
    with storage("written", caught=OSError):
        page.write_text(comparison_page(comparison), "utf-8")
    typer.echo(page)
