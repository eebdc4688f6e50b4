"""`diffusion-explainer precompute`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from diffusion_explainer import resources
from diffusion_explainer.bundle import BundleStore
from diffusion_explainer.gallery import GalleryList
from diffusion_explainer.gallery import precompute as make

from .fields import ModelSource

_LIST, _GALLERY = resources.gallery_list(), str(resources.gallery())


def precompute(
    gallery_list: Annotated[Path, typer.Argument(help="What to make, as YAML.", exists=True, dir_okay=False)] = _LIST,
    out: Annotated[str, typer.Option(help="The gallery: a folder or any fsspec URL.")] = _GALLERY,
    model: ModelSource = "storybook",
) -> None:
    """Makes the gallery: what is there already stays, what the list does not name goes."""
    contents = GalleryList.read(gallery_list)
    with Console(stderr=True).status("loading the model"):
        from diffusion_explainer.models import load_model

        loaded = load_model(model)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("gallery", total=len(contents.entries))
        make(
            contents,
            loaded,
            BundleStore(out),
            lambda entry, event: progress.update(task, description=entry.title, advance=0 if event else 1),
        )
    typer.echo(f"{len(contents.entries)} traces in {out}")
