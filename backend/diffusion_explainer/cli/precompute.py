"""`diffusion-explainer precompute`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from diffusion_explainer import resources
from diffusion_explainer.bundle import BundleStore
from diffusion_explainer.contents import Contents
from diffusion_explainer.precompute import pending
from diffusion_explainer.precompute import precompute as make
from diffusion_explainer.progress import showing_runs

from .fields import ModelSource

_LIST = resources.gallery_list()


def precompute(
    gallery_list: Annotated[Path, typer.Argument(help="What to make, as YAML.", exists=True, dir_okay=False)] = _LIST,
    store: Annotated[
        str | None,
        typer.Option(help="The gallery: a folder or any fsspec URL.", show_default="the list's name, beside it"),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every run of the list, not only the starter that is shown first.")
    ] = False,
    model: ModelSource = "storybook",
) -> None:
    """Makes a gallery. What is there stays, so a run that was stopped goes on; what fails is named at the end."""
    contents = Contents.read(gallery_list)
    place = store or str(gallery_list.with_suffix(""))
    with Console(stderr=True).status("loading the model"):
        from diffusion_explainer.models import load_model

        loaded = load_model(model)
    made_here, wanted = BundleStore(place), contents.entries if everything else contents.starter
    batches = pending(wanted, made_here, loaded.card.fingerprint)
    rows = sum(loaded.rows(entry.request.scheduler, entry.request.steps) for batch in batches for entry in batch)
    with showing_runs(sum(map(len, batches)), rows) as report:
        failures = make(
            contents, loaded, made_here, everything=everything, report=lambda entry, event: report(entry.title, event)
        )
    failed = [*map(str, contents.rejected), *(f"{failure.place}: {failure.reason}" for failure in failures)]
    typer.echo(f"{len(wanted)} of {len(contents.entries)} runs of the list in {place}")
    for reason in failed:
        typer.echo(f"Not made: {reason}", err=True)
    if failed:
        raise typer.Exit(1)
